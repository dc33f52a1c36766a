using System.Data.Common;
using System.Globalization;
using KmsPS.Engine.Crypto;
using KmsPS.Engine.Keys;
using KmsPS.Engine.State;

namespace KmsPS.Engine.Providers.Sql;

/// <summary>Judges what a scan shows, and collects all that is wrong.</summary>
internal sealed class StoreCheck(ISqlDialect dialect) : IStoreVisitor
{
    private readonly List<StoreFailure> _failures = [];

    internal IReadOnlyList<StoreFailure> Failures => _failures;

    /// <summary>Asks the database whether its own pages, indexes and references are sound, where it can tell.</summary>
    internal async ValueTask<bool> LookAtPagesAsync(SqlSession session, CancellationToken cancellationToken)
    {
        foreach (string sql in dialect.IntegrityChecks)
        {
            DbDataReader row = await session.Command(sql).ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    string text = Convert.ToString(row.GetValue(0), CultureInfo.InvariantCulture) ?? "";
                    if (text != "ok")
                    {
                        _failures.Add(new StoreFailure("Page", dialect.Place, sql.Contains("foreign", StringComparison.Ordinal) ? $"A row of {text} belongs to one that is missing" : Printable.Text(text)));
                    }
                }
            }
        }

        return _failures.Count == 0;
    }

    public void Name(string name, int next)
    {
    }

    public void Key(KeyRow key)
    {
    }

    public void Version(OpenedVersion version)
    {
        if (version.Material.Length * 8 != version.Key.BitLength && version.Material.Length is 16 or 24 or 32)
        {
            Failed(new StoreFailure("Version", Printable.Text(version.Name), string.Create(CultureInfo.InvariantCulture, $"It has {version.Material.Length * 8} bits, and its key says {version.Key.BitLength}")));
        }

        if (version.Material.Length is 16 or 24 or 32)
        {
            // Material that cannot wrap a data key is of no use to anybody.
            using KeyVersion zone = new(version.Key.Name, KeyVersionName.Parse(version.Name), version.Material.Share(), default);
            EekBatch eek = EekCipher.Generate(zone, 1);
            EekCipher.Decrypt(zone, eek.Iv(0), eek.EncryptedMaterial(0)).Dispose();
        }
    }

    public void State(StateRecord record) => System.Security.Cryptography.CryptographicOperations.ZeroMemory(record.Payload);

    public void Sequence(string name, long value)
    {
    }

    public void Failed(StoreFailure failure) => _failures.Add(failure);
}
