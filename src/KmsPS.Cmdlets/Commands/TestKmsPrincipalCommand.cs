using System.Management.Automation;
using KmsPS.Cmdlets.Shell;
using KmsPS.Engine.Authentication;
using KmsPS.Engine.Configuration;
using KmsPS.Engine.Errors;

namespace KmsPS.Cmdlets.Commands;

/// <summary>Says which short name a Kerberos principal has for a server. For a principal that is refused it writes an error and nothing else.</summary>
[Cmdlet(VerbsDiagnostic.Test, "KmsPrincipal", DefaultParameterSetName = Files)]
[OutputType(typeof(string), typeof(KmsPrincipal))]
public sealed class TestKmsPrincipalCommand : KmsCmdlet
{
    private const string Files = "Configuration";
    private const string Rules = "Rules";

    private PrincipalReview? _review;
    private string? _property;
    private string? _place;

    /// <summary>Principals, such as hive/host.example.com@EXAMPLE.COM.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string[] Principal { get; set; } = [];

    /// <summary>A directory with Hadoop's files, whose rules, group mapping and proxies are asked.</summary>
    [Parameter(ParameterSetName = Files, Mandatory = true, Position = 1)]
    [Alias("ConfigDir")]
    [ValidateNotNullOrEmpty]
    public string ConfigPath { get; set; } = "";

    /// <summary>Rules to try that stand in no file yet, such as RULE:[2:$1@$0](hive@EXAMPLE\.COM)s/.*/hive/ DEFAULT.</summary>
    [Parameter(ParameterSetName = Rules, Mandatory = true)]
    [ValidateNotNullOrEmpty]
    public string Rule { get; set; } = "";

    /// <summary>How the rules of -Rule are read.</summary>
    [Parameter(ParameterSetName = Rules)]
    [ValidateSet("hadoop", "mit")]
    public string Mechanism { get; set; } = "hadoop";

    /// <summary>The realm that the rule DEFAULT is about. Without it, the one of this machine's krb5.conf.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? DefaultRealm { get; set; }

    /// <summary>Writes the explanation instead of the plain name.</summary>
    [Parameter]
    public SwitchParameter Detailed { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        try
        {
            if (ParameterSetName == Rules)
            {
                _review = PrincipalReview.OfRules(Rule, Mechanism, DefaultRealm);
                return;
            }

            string path = GetUnresolvedProviderPathFromPSPath(ConfigPath);
            if (!Directory.Exists(path))
            {
                throw new ShellException("RequestInvalid", ErrorCategory.ObjectNotFound, $"There is no folder '{path}'", "Name the folder with kms-site.xml and core-site.xml.");
            }

            KmsSettings settings = KmsSettings.Load(path);
            _review = PrincipalReview.Of(settings, DefaultRealm, TimeProvider.System);
            _property = settings.Authentication.NameRulesProperty;
            _place = settings.Source.Find(_property)?.Place;
        }
        catch (KmsException refusal)
        {
            ThrowTerminatingError(ErrorRecords.From(refusal, ParameterSetName == Rules ? Rule : ConfigPath));
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string principal in Principal)
        {
            Pump(principal, async (output, stop) =>
            {
                KmsPrincipal answer = new(await _review!.AskAsync(principal, stop).ConfigureAwait(false), _property, _place);
                if (!answer.IsMapped && !Detailed)
                {
                    throw new ShellException("PrincipalNotMapped", ErrorCategory.PermissionDenied, answer.Explanation, "Add a rule for it, or ask with -Detailed what became of each rule.");
                }

                await output.WriteAsync(Detailed ? answer : answer.ShortName!, stop).ConfigureAwait(false);
            });
        }
    }
}
