using System.Management.Automation;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Providers;

namespace KmsPS.Cmdlets.Shell;

/// <summary>
/// Turns a refusal into an error record. The ids are part of the module's contract: scripts catch them by
/// <c>FullyQualifiedErrorId</c>, and <c>about_KmsPS</c> lists them.
/// </summary>
internal static class ErrorRecords
{
    /// <summary>The record for <paramref name="failure"/>.</summary>
    /// <param name="failure">What was thrown.</param>
    /// <param name="target">What it is about, where the exception does not say.</param>
    internal static ErrorRecord From(Exception failure, object? target)
    {
        if (failure is not KmsException refusal)
        {
            return new ErrorRecord(failure, "Internal", ErrorCategory.NotSpecified, target)
            {
                ErrorDetails = new ErrorDetails($"{failure.GetType().Name}: {failure.Message}")
                {
                    RecommendedAction = "This is a defect of KmsPS. Please report it with the output of Get-Error.",
                },
            };
        }

        (string id, ErrorCategory category) = refusal is ShellException own ? (own.ErrorId, own.Category) : Row(refusal.Kind);
        ErrorRecord record = new(refusal, id, category, target ?? refusal.Subject);
        if (refusal.Remedy is { } remedy)
        {
            record.ErrorDetails = new ErrorDetails(refusal.Message) { RecommendedAction = remedy };
        }

        return record;
    }

    /// <summary>The record for one thing in a store that is not what it should be.</summary>
    internal static ErrorRecord Of(StoreFailure failure) =>
        From(new KmsException(ErrorKind.StoreCorrupt, failure.Message, "Repair-KmsKeyStore -WhatIf tells what can be done about it in a database; else, and in a Java keystore, restore a backup.") { Subject = failure.Subject }, failure);

    /// <summary>The id and category of a kind of failure.</summary>
    internal static (string Id, ErrorCategory Category) Row(ErrorKind kind) => kind switch
    {
        ErrorKind.InvalidRequest => ("RequestInvalid", ErrorCategory.InvalidArgument),
        ErrorKind.KeyNameInvalid => ("KeyNameInvalid", ErrorCategory.InvalidArgument),
        ErrorKind.CipherUnsupported => ("CipherUnsupported", ErrorCategory.InvalidArgument),
        ErrorKind.LengthInvalid => ("LengthInvalid", ErrorCategory.InvalidArgument),
        ErrorKind.MaterialLengthInvalid => ("MaterialLengthInvalid", ErrorCategory.InvalidArgument),
        ErrorKind.KeyNotFound => ("KeyNotFound", ErrorCategory.ObjectNotFound),
        ErrorKind.KeyVersionNotFound => ("KeyVersionNotFound", ErrorCategory.ObjectNotFound),
        ErrorKind.KeyVersionMismatch => ("KeyVersionMismatch", ErrorCategory.InvalidArgument),
        ErrorKind.KeyAlreadyExists => ("KeyAlreadyExists", ErrorCategory.ResourceExists),
        ErrorKind.KeyDeleted => ("KeyDeleted", ErrorCategory.ResourceExists),
        ErrorKind.KeyDisabled => ("KeyDisabled", ErrorCategory.ResourceUnavailable),
        ErrorKind.KeyVersionDestroyed => ("KeyVersionDestroyed", ErrorCategory.ObjectNotFound),
        ErrorKind.Conflict => ("KeyChanged", ErrorCategory.ResourceBusy),
        ErrorKind.AccessDenied => ("AccessDenied", ErrorCategory.PermissionDenied),
        ErrorKind.AuthenticationFailed => ("AuthenticationFailed", ErrorCategory.AuthenticationError),
        ErrorKind.Unsupported => ("NotSupported", ErrorCategory.NotImplemented),
        ErrorKind.LimitExceeded => ("LimitExceeded", ErrorCategory.LimitsExceeded),
        ErrorKind.CryptoFailed => ("EncryptedKeyInvalid", ErrorCategory.InvalidData),
        ErrorKind.StoreUnavailable => ("ProviderUnavailable", ErrorCategory.ConnectionError),
        ErrorKind.StoreCorrupt => ("ProviderCorrupt", ErrorCategory.InvalidData),
        ErrorKind.AuditUnavailable => ("AuditUnavailable", ErrorCategory.ResourceUnavailable),
        ErrorKind.ConfigurationInvalid => ("ConfigurationInvalid", ErrorCategory.InvalidData),
        ErrorKind.ServerUnavailable => ("ProviderUnavailable", ErrorCategory.ConnectionError),
        ErrorKind.ServerError => ("ServerError", ErrorCategory.ProtocolError),
        _ => ("Internal", ErrorCategory.NotSpecified),
    };
}
