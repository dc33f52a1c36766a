using KmsPS.Engine.Errors;

namespace KmsPS.Engine.Providers.Remote;

/// <summary>A failed attempt, between a server and the rules that decide what comes next. It never leaves this room.</summary>
internal sealed class RemoteFailure(KmsException error, FailureClass failureClass) : Exception(error.Message, error)
{
    public KmsException Error => error;

    public FailureClass Class => failureClass;
}
