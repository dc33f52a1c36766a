namespace KmsPS.Engine.Providers.Jceks;

/// <summary>A change that gives its owner something.</summary>
/// <param name="change">Makes it, or throws its refusal.</param>
internal sealed class AnsweredChange<TResult>(Func<JceksStore, (JceksStore Store, TResult Result)> change) : JceksChange
{
    private readonly TaskCompletionSource<TResult> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TResult? _result;
    private Exception? _refusal;

    /// <summary>Ends when the file is on the disk, or at once when it is cancelled before anybody took the change.</summary>
    internal async ValueTask<TResult> WaitAsync(CancellationToken cancellationToken)
    {
        using CancellationTokenRegistration impatience = cancellationToken.UnsafeRegister(
            static (owner, stop) =>
            {
                AnsweredChange<TResult> self = (AnsweredChange<TResult>)owner!;
                if (self.TryWithdraw())
                {
                    self._done.SetCanceled(stop);
                }
            },
            this);
        return await _done.Task.ConfigureAwait(false);
    }

    internal override JceksStore ApplyTo(JceksStore store)
    {
        try
        {
            (JceksStore changed, _result) = change(store);
            return changed;
        }
        catch (Exception refusal)
        {
            _refusal = refusal;
            return store;
        }
    }

    internal override void Complete()
    {
        if (_refusal is null)
        {
            _done.SetResult(_result!);
        }
        else
        {
            _done.SetException(_refusal);
        }
    }

    internal override void Fail(Exception failure)
    {
        (_result as IDisposable)?.Dispose();
        _done.SetException(_refusal ?? failure);
    }
}
