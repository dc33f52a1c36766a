using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Wire;

/// <summary>
/// The paths of the REST interface: a client builds them, the server's table of routes is made of the same words.
/// SOURCE: Hadoop KMSRESTConstants.
/// </summary>
public static class RestPaths
{
    /// <summary>The servlet context; fixed.</summary>
    public const string Context = "/kms";

    /// <summary>What every REST path begins with.</summary>
    public const string Root = RootWithoutSlash + "/";

    /// <summary>The same without the slash at the end.</summary>
    public const string RootWithoutSlash = Context + "/v1";

    /// <summary>One key.</summary>
    public const string Key = "key";

    /// <summary>All keys.</summary>
    public const string Keys = "keys";

    /// <summary>One key version.</summary>
    public const string KeyVersion = "keyversion";

    /// <summary>Below <see cref="Keys"/>: their names.</summary>
    public const string Names = "names";

    /// <summary>Below <see cref="Keys"/>: several descriptions.</summary>
    public const string Metadata = "metadata";

    /// <summary><see cref="Names"/> with what is above.</summary>
    public const string KeysNames = Keys + "/" + Names;

    /// <summary><see cref="Metadata"/> with what is above.</summary>
    public const string KeysMetadata = Keys + "/" + Metadata;

    /// <summary>Below a key: its description.</summary>
    public const string KeyMetadata = "_metadata";

    /// <summary>Below a key: its current version.</summary>
    public const string CurrentVersion = "_currentversion";

    /// <summary>Below a key: all its versions.</summary>
    public const string Versions = "_versions";

    /// <summary>Below a key or a version: data keys.</summary>
    public const string Eek = "_eek";

    /// <summary>Below a key: many data keys at once.</summary>
    public const string ReencryptBatch = "_reencryptbatch";

    /// <summary>Below a key: forget what is cached.</summary>
    public const string InvalidateCache = "_invalidatecache";

    /// <summary>Below a key: a data key, wrapped and plain. SOURCE: Ranger KMS, generateDataKey.</summary>
    public const string DataKey = "_dek";

    /// <summary>Key Trustee KMS's own branch.</summary>
    public const string Trustee = "trustee";

    /// <summary>A deleted key in <see cref="Trustee"/>.</summary>
    public const string TrusteeKey = Trustee + "/" + Key;

    /// <summary>Ours: what may be done with a key.</summary>
    public const string Lifecycle = "lifecycle";

    /// <summary>A key in <see cref="Lifecycle"/>.</summary>
    public const string LifecycleKey = Lifecycle + "/" + Key;

    /// <summary>Below <see cref="Lifecycle"/>: what happens to keys by itself.</summary>
    public const string Plan = Lifecycle + "/plan";

    /// <summary>Query parameter of <see cref="Plan"/>: only what is due in so many seconds.</summary>
    public const string Within = "within";

    /// <summary>Query parameter of <see cref="Lifecycle"/>: what to do.</summary>
    public const string LifecycleOperation = "op";

    /// <summary>Value of <see cref="LifecycleOperation"/>.</summary>
    public const string Disable = "disable";

    /// <summary>Value of <see cref="LifecycleOperation"/>.</summary>
    public const string Enable = "enable";

    /// <summary>Value of <see cref="LifecycleOperation"/>: plan the key's deletion.</summary>
    public const string Schedule = "schedule";

    /// <summary>Value of <see cref="LifecycleOperation"/>: take a planned deletion back.</summary>
    public const string Cancel = "cancel";

    /// <summary>Value of <see cref="LifecycleOperation"/>: destroy a version.</summary>
    public const string Destroy = "destroy";

    /// <summary>Value of <see cref="LifecycleOperation"/>: roll while a version is current.</summary>
    public const string Roll = "roll";

    /// <summary>Query parameter of <see cref="Lifecycle"/>: one version instead of the whole key.</summary>
    public const string Version = "version";

    /// <summary>Query parameter of <see cref="Lifecycle"/>: seconds until the planned deletion.</summary>
    public const string After = "after";

    /// <summary>Query parameter of <see cref="Lifecycle"/>: the version that must be current.</summary>
    public const string Expected = "expected";

    /// <summary>Ours: what a stock server does not answer.</summary>
    public const string Admin = "admin/";

    /// <summary>Below <see cref="Admin"/>: who may do what, and why.</summary>
    public const string Explain = "explain";

    /// <summary>Below <see cref="Admin"/>: how the server is set.</summary>
    public const string Health = "health";

    /// <summary>Query parameter of <see cref="Explain"/>: what.</summary>
    public const string Operation = "operation";

    /// <summary>Query parameter of <see cref="Explain"/>: who, by short name.</summary>
    public const string User = "user";

    /// <summary>Query parameter of <see cref="Explain"/>, as often as needed: a group that the user is taken to be in.</summary>
    public const string Group = "group";

    /// <summary>The probe of Ranger KMS, outside of <see cref="Root"/>.</summary>
    public const string RangerStatus = Context + "/api/status";

    /// <summary>Query parameter: what to do with an EEK.</summary>
    public const string EekOperation = "eek_op";

    /// <summary>Value of <see cref="EekOperation"/>.</summary>
    public const string Generate = "generate";

    /// <summary>Value of <see cref="EekOperation"/>.</summary>
    public const string Decrypt = "decrypt";

    /// <summary>Value of <see cref="EekOperation"/>.</summary>
    public const string Reencrypt = "reencrypt";

    /// <summary>Query parameter: how many EEKs.</summary>
    public const string NumberOfKeys = "num_keys";

    /// <summary>Query parameter of <see cref="Trustee"/>.</summary>
    public const string TrusteeOperation = "trusteeOp";

    /// <summary>Value of <see cref="TrusteeOperation"/>.</summary>
    public const string Undelete = "undelete";

    /// <summary>Value of <see cref="TrusteeOperation"/>.</summary>
    public const string Purge = "purge";

    /// <summary><c>/kms/v1/keys</c>.</summary>
    public static string OfKeys() => Root + Keys;

    /// <summary><c>/kms/v1/keys/names</c>.</summary>
    public static string OfNames() => Root + KeysNames;

    /// <summary><c>/kms/v1/keys/metadata?key=A&amp;key=B</c>.</summary>
    public static string OfKeysMetadata(IEnumerable<KeyName> keys) =>
        $"{Root}{KeysMetadata}?{string.Join('&', keys.Select(static key => "key=" + Escape(key.Value)))}";

    /// <summary><c>/kms/v1/key/NAME</c>, with one of the words above behind it where it is given.</summary>
    public static string OfKey(KeyName key, string? below = null) => Below($"{Root}{Key}/{Escape(key.Value)}", below);

    /// <summary><c>/kms/v1/key/NAME/_eek?eek_op=generate&amp;num_keys=N</c>.</summary>
    public static string OfGenerate(KeyName key, int count) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{OfKey(key, Eek)}?{EekOperation}={Generate}&{NumberOfKeys}={count}");

    /// <summary><c>/kms/v1/keyversion/VERSION</c>.</summary>
    public static string OfVersion(KeyVersionName version) => $"{Root}{KeyVersion}/{Escape(version.Value)}";

    /// <summary><c>/kms/v1/keyversion/VERSION/_eek?eek_op=…</c>.</summary>
    /// <param name="version">The version that the EEK was made with.</param>
    /// <param name="operation"><see cref="Decrypt"/> or <see cref="Reencrypt"/>.</param>
    public static string OfEek(KeyVersionName version, string operation) => $"{OfVersion(version)}/{Eek}?{EekOperation}={operation}";

    /// <summary><c>/kms/v1/trustee/key/NAME?trusteeOp=…</c>.</summary>
    /// <param name="key">A deleted key.</param>
    /// <param name="operation"><see cref="Undelete"/> or <see cref="Purge"/>.</param>
    public static string OfTrustee(KeyName key, string operation) => $"{Root}{TrusteeKey}/{Escape(key.Value)}?{TrusteeOperation}={operation}";

    /// <summary><c>/kms/v1/lifecycle/key/NAME?op=…</c>.</summary>
    /// <param name="key">The key.</param>
    /// <param name="operation">A value of <see cref="LifecycleOperation"/>; <see langword="null"/> to read.</param>
    public static string OfLifecycle(KeyName key, string? operation) =>
        $"{Root}{LifecycleKey}/{Escape(key.Value)}{(operation is null ? "" : $"?{LifecycleOperation}={operation}")}";

    /// <summary><c>/kms/v1/lifecycle/plan?within=…</c>.</summary>
    /// <param name="within">Only what is due by then; <see langword="null"/> for all.</param>
    public static string OfPlan(TimeSpan? within) =>
        Root + Plan + (within is { } span ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"?{Within}={(long)span.TotalSeconds}") : "");

    /// <summary><c>/kms/v1/admin/explain?operation=…</c>.</summary>
    /// <param name="operation">The operation's name.</param>
    /// <param name="key">The key, or <see langword="null"/>.</param>
    /// <param name="user">Who, or <see langword="null"/> for the caller.</param>
    /// <param name="groups">Groups to suppose; <see langword="null"/> for those that the server finds.</param>
    public static string OfExplain(string operation, KeyName? key, string? user, IEnumerable<string>? groups)
    {
        string about = user is null ? "" : $"&{User}={Escape(user)}";
        string on = key is { } name ? $"&{Key}={Escape(name.Value)}" : "";
        return $"{Root}{Admin}{Explain}?{Operation}={Escape(operation)}{on}{about}{string.Concat((groups ?? []).Select(static each => $"&{Group}={Escape(each)}"))}";
    }

    /// <summary>
    /// The path of a new key as a <c>Location</c> header spells it: a blank is <c>%20</c>, while <c>/ @ + . ~</c> stand for themselves.
    /// </summary>
    public static string Location(KeyName key) => $"{Root}{Key}/" + Escape(key.Value)
        .Replace("%2F", "/", StringComparison.Ordinal).Replace("%40", "@", StringComparison.Ordinal).Replace("%2B", "+", StringComparison.Ordinal);

    // A slash is escaped as stock clients do; a blank is %20 and never a plus, which a server takes for a plus.
    private static string Escape(string text) => Uri.EscapeDataString(text);

    private static string Below(string path, string? below) => below is null ? path : $"{path}/{below}";
}
