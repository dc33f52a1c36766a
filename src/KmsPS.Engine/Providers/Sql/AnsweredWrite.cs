namespace KmsPS.Engine.Providers.Sql;

/// <summary>A write with its answer.</summary>
/// <param name="state">What <paramref name="work"/> is given.</param>
/// <param name="work">What is done.</param>
internal sealed class AnsweredWrite<TState, T>(TState state, Func<SqlSession, TState, ValueTask<T>> work) : WriteJob
{
    private readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T _result = default!;
    private Exception? _refusal;

    /// <summary>The answer, once what was done is on the disk.</summary>
    internal Task<T> Answer => _answer.Task;

    internal override async ValueTask RunAsync(SqlSession session) => _result = await work(session, state).ConfigureAwait(false);

    internal override void Complete() => _ = _refusal is null ? _answer.TrySetResult(_result) : _answer.TrySetException(_refusal);

    internal override void Fail(Exception failure) => _answer.TrySetException(failure);

    internal override void Refuse(Exception refusal) => _refusal = refusal;
}
