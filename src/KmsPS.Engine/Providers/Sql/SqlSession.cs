using System.Data.Common;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>One connection with its prepared statements. Used by one call at a time.</summary>
internal sealed class SqlSession(DbConnection connection) : IAsyncDisposable
{
    private readonly Dictionary<string, DbCommand> _prepared = new(StringComparer.Ordinal);

    /// <summary>Whether it was lent before: its connection may have ended since.</summary>
    internal bool IsReused { get; set; }

    /// <summary>The prepared statement with these values; the same text always comes with the same names in the same order.</summary>
    internal DbCommand Command(string sql, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        if (!_prepared.TryGetValue(sql, out DbCommand? command))
        {
            command = connection.CreateCommand();
#pragma warning disable CA2100 // The text is one of SqlText's constants or an embedded script; values travel as parameters.
            command.CommandText = sql;
#pragma warning restore CA2100
            foreach ((string name, object? _) in values)
            {
                DbParameter parameter = command.CreateParameter();
                parameter.ParameterName = name;
                command.Parameters.Add(parameter);
            }

            _prepared.Add(sql, command);
        }

        for (int i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i].Value ?? DBNull.Value;
        }

        return command;
    }

    /// <summary>Runs a statement without parameters, once.</summary>
    internal async ValueTask RunAsync(string sql, CancellationToken cancellationToken)
    {
        DbCommand command = Command(sql);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Runs several statements in one round trip; gives the single value that the last of them answers.</summary>
    internal async ValueTask<object?> LastAsync(string sql, CancellationToken cancellationToken)
    {
        object? last = null;
        DbDataReader answer = await Command(sql).ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (answer.ConfigureAwait(false))
        {
            do
            {
                last = await answer.ReadAsync(cancellationToken).ConfigureAwait(false) ? answer.GetValue(0) : null;
            }
            while (await answer.NextResultAsync(cancellationToken).ConfigureAwait(false));
        }

        return last;
    }

    /// <summary>Runs a whole script, which is not kept.</summary>
    internal async ValueTask RunScriptAsync(string script, CancellationToken cancellationToken)
    {
        DbCommand command = connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
#pragma warning disable CA2100 // An embedded script.
            command.CommandText = script;
#pragma warning restore CA2100
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (DbCommand command in _prepared.Values)
        {
            await command.DisposeAsync().ConfigureAwait(false);
        }

        _prepared.Clear();
        await connection.DisposeAsync().ConfigureAwait(false);
    }
}
