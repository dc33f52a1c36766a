using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace KmsPS.Cmdlets.Completers;

/// <summary>Completes the transformations that Hadoop knows. Others may be typed.</summary>
public sealed class CipherCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        Completion.Of(wordToComplete,
        [
            ("AES/CTR/NoPadding", "Hadoop's default; HDFS encryption zones need it"),
            ("SM4/CTR/NoPadding", "HDFS with SM4"),
            ("AES/GCM/NoPadding", "for applications that read the material themselves"),
            ("AES/CBC/PKCS5Padding", "for applications that read the material themselves"),
        ]);
}
