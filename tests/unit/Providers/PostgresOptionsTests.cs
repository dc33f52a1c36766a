using KmsPS.Engine.Errors;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Providers.Sql;
using KmsPS.Tests.Fakes;
using Npgsql;

namespace KmsPS.Tests.Providers;

/// <summary>What a postgres:// URI and its properties may say.</summary>
public sealed class PostgresOptionsTests
{
    [Fact]
    public void A_URI_names_user_hosts_and_database()
    {
        NpgsqlConnectionStringBuilder one = Read("postgres://kms@db.example.com:5433/keys").Connection;
        Assert.Equal(("kms", "db.example.com", 5433, "keys", SslMode.VerifyFull), (one.Username, one.Host, one.Port, one.Database, one.SslMode));
        Assert.Equal(5432, Read("postgres://kms@db/keys").Connection.Port);
        Assert.Equal(SslMode.Prefer, Read("postgres://kms@127.0.0.1/keys").Connection.SslMode);
        NpgsqlConnectionStringBuilder two = Read("postgres://kms@a:5433;b/keys").Connection;
        Assert.Equal(("a:5433,b:5432", "primary"), (two.Host, two.TargetSessionAttributes));
        Assert.Equal("/run/postgresql", Read("postgres://kms@%2Frun%2Fpostgresql/keys").Connection.Host);
    }

    [Theory]
    [InlineData("postgres://kms:s3cret@db/keys", "a password stands in it")]
    [InlineData("postgres://kms@db/keys?password=s3cret", "it has a query")]
    [InlineData("postgres://db/keys", "it names no user")]
    [InlineData("postgres://kms@/keys", "it names no host")]
    [InlineData("postgres://kms@db/", "it names no database")]
    [InlineData("postgres://kms@db", "it names no database")]
    [InlineData("postgres://kms@db:port/keys", "no port number")]
    public void Another_URI_is_refused_without_quoting_a_password(string uri, string why)
    {
        ConfigurationException refused = Assert.Throws<ConfigurationException>(() => Read(uri));
        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", refused.ToString(), StringComparison.Ordinal);
        Assert.NotNull(refused.Remedy);
    }

    [Theory]
    [InlineData("kmsps.postgres.pool.size", "1")]
    [InlineData("kmsps.postgres.connect.timeout.seconds", "soon")]
    [InlineData("kmsps.postgres.ssl.mode", "maybe")]
    [InlineData("kmsps.postgres.strict", "yes")]
    public void A_property_with_another_value_is_refused_by_name(string name, string value) =>
        Assert.Contains(name, Assert.Throws<ConfigurationException>(() => Read("postgres://kms@db/keys", (name, value))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task A_password_file_must_be_its_owners_alone_and_the_password_shows_nowhere()
    {
        using TemporaryDirectory directory = new();
        string file = directory.File("password");
        await File.WriteAllTextAsync(file, "s3cret\n", TestContext.Current.CancellationToken);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
            Assert.Contains("open to others", Assert.Throws<ConfigurationException>(() => Read("postgres://kms@db/keys", ("kmsps.postgres.password.file", file))).Message, StringComparison.Ordinal);
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        // Nobody listens on that port.
        (string, string)[] properties = [("kmsps.postgres.password.file", file), ("kmsps.store.key.file", directory.File("k"))];
        Assert.Equal("s3cret", Read("postgres://kms@127.0.0.1:1/keys", properties).Connection.Password);
        KmsException away = await Assert.ThrowsAsync<KmsException>(async () =>
            await new ProviderRegistry(BuiltInProviders.All).OpenAsync(ProviderUri.Parse("postgres://kms@127.0.0.1:1/keys"), PostgresStores.Context(properties), TestContext.Current.CancellationToken));
        Assert.Equal((ErrorKind.StoreUnavailable, true), (away.Kind, away.IsTransient));
        Assert.DoesNotContain("s3cret", away.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_data_directory_a_store_key_file_must_be_named() =>
        Assert.Contains("kmsps.store.key.file", (await Assert.ThrowsAsync<ConfigurationException>(async () =>
            await new ProviderRegistry(BuiltInProviders.All).OpenAsync(ProviderUri.Parse("postgres://kms@127.0.0.1:1/keys"), PostgresStores.Context(), TestContext.Current.CancellationToken))).Remedy, StringComparison.Ordinal);

    [Fact]
    public async Task Of_several_hosts_the_text_tells_what_is_wrong_with_them()
    {
        await using PostgresDialect fleet = new(Read("postgres://kms@db1;db2/keys"), new ChangeFence("keys"));
        await using PostgresDialect one = new(Read("postgres://kms@db1/keys"), new ChangeFence("keys"));
        const string Place = "The store postgres://kms@db1;db2/keys cannot be reached: ";
        Assert.Equal(Place + "none of its hosts answers as a primary", fleet.Explain(new NpgsqlException("No suitable host was found.")).Message);
        Assert.Equal(
            Place + "Failed to connect to db1: refused; Failed to connect to db2",
            fleet.Explain(new NpgsqlException("no host", new AggregateException(new NpgsqlException("Failed to connect to db1", new IOException("refused")), new NpgsqlException("Failed to connect to db2")))).Message);
        Assert.Equal("The store postgres://kms@db1/keys cannot be reached: refused", one.Explain(new NpgsqlException("no host", new IOException("refused"))).Message);
    }

    [Fact]
    public async Task An_account_that_may_make_no_tables_is_told_so()
    {
        await using PostgresDialect dialect = new(Read("postgres://kms@db1/keys"), new ChangeFence("keys"));
        KmsException refusal = dialect.Explain(new PostgresException("no schema has been selected to create in", "ERROR", "ERROR", PostgresErrorCodes.InvalidSchemaName));
        Assert.Equal("The store postgres://kms@db1/keys does not let this account do that: no schema has been selected to create in", refusal.Message);
        Assert.Contains("owner", refusal.Remedy, StringComparison.Ordinal);
    }

    private static PostgresOptions Read(string uri, params (string, string)[] properties) => PostgresOptions.Read(ProviderUri.Parse(uri), PostgresStores.Context(properties));
}
