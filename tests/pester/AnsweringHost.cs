using System;
using System.Collections.Generic;
using System.Collections.ObjectModel;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;

namespace KmsPS.Tests
{
    /// <summary>A shell whose user answers each question with the next of the given choices, and sees nothing.</summary>
    public sealed class AnsweringHost : PSHost
    {
        private readonly Answers _answers;

        public AnsweringHost(int[] choices)
        {
            _answers = new Answers(choices);
        }

        public int Asked { get { return _answers.Asked; } }

        public override CultureInfo CurrentCulture { get { return CultureInfo.InvariantCulture; } }

        public override CultureInfo CurrentUICulture { get { return CultureInfo.InvariantCulture; } }

        public override Guid InstanceId { get; } = Guid.NewGuid();

        public override string Name { get { return "Answers"; } }

        public override PSHostUserInterface UI { get { return _answers; } }

        public override Version Version { get { return new Version(1, 0); } }

        public override void EnterNestedPrompt() { throw new NotSupportedException(); }

        public override void ExitNestedPrompt() { throw new NotSupportedException(); }

        public override void NotifyBeginApplication() { }

        public override void NotifyEndApplication() { }

        public override void SetShouldExit(int exitCode) { }

        private sealed class Answers : PSHostUserInterface
        {
            private readonly int[] _choices;

            public Answers(int[] choices) { _choices = choices; }

            public int Asked { get; private set; }

            public override PSHostRawUserInterface RawUI { get { return null; } }

            public override int PromptForChoice(string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice) { return _choices[Asked++]; }

            public override Dictionary<string, PSObject> Prompt(string caption, string message, Collection<FieldDescription> descriptions) { throw new NotSupportedException(); }

            public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName) { throw new NotSupportedException(); }

            public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName, PSCredentialTypes allowed, PSCredentialUIOptions options) { throw new NotSupportedException(); }

            public override string ReadLine() { throw new NotSupportedException(); }

            public override SecureString ReadLineAsSecureString() { throw new NotSupportedException(); }

            public override void Write(string value) { }

            public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) { }

            public override void WriteDebugLine(string message) { }

            public override void WriteErrorLine(string value) { }

            public override void WriteLine(string value) { }

            public override void WriteProgress(long sourceId, ProgressRecord record) { }

            public override void WriteVerboseLine(string message) { }

            public override void WriteWarningLine(string message) { }
        }
    }
}
