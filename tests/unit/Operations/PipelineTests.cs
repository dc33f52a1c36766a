using KmsPS.Engine;
using KmsPS.Engine.Acl;
using KmsPS.Engine.Audit;
using KmsPS.Engine.Identity;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Operations;
using KmsPS.Engine.Secrets;
using KmsPS.Tests.Fakes;

namespace KmsPS.Tests.Operations;

public sealed class PipelineTests
{
    private readonly MemoryKeyProvider _store = new();
    private readonly RecordingAudit _audit = new();
    private readonly Call _alice = new(new Caller("alice", "alice@EXAMPLE.COM", AuthenticationMethod.Simple, NameSet.Empty), CallOrigin.Embedded("test"));

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_eek_survives_a_roll_and_decrypts_to_the_same_bytes()
    {
        KmsEngine engine = Engine(FixedAcl.Open);
        KeyName key = KeyName.Parse("k1");
        (await engine.CreateKeyAsync(_alice, NewKey.Default(key), Stop)).Dispose();
        EekBatch? made = await engine.GenerateEekAsync(_alice, new GenerateRequest(key), Stop);
        Assert.NotNull(made);
        using SecretBytes before = await engine.DecryptEekAsync(_alice, made[0], Stop);
        (await engine.RollNewVersionAsync(_alice, new RollRequest(key), Stop)).Dispose();
        EncryptedKeyVersion fresh = await engine.ReencryptEekAsync(_alice, made[0], Stop);
        using SecretBytes after = await engine.DecryptEekAsync(_alice, fresh, Stop);
        using SecretLease lease = after.Open();
        Assert.True(before.FixedTimeEquals(lease.Span));
        Assert.Equal("k1@1", fresh.Version.Value);
        Assert.Equal(made[0].Iv.ToArray(), fresh.Iv.ToArray());
        Assert.All(_audit.Events, static entry => Assert.Equal(AuditOutcome.Ok, entry.Outcome));
    }

    [Fact]
    public async Task A_key_without_a_list_of_its_own_and_without_defaults_is_closed_and_the_refusal_is_written_once()
    {
        KmsEngine engine = Engine(new FixedAcl(AclSnapshot.Empty));
        AccessDeniedException denied = await Assert.ThrowsAsync<AccessDeniedException>(async () => await engine.CreateKeyAsync(_alice, NewKey.Default(KeyName.Parse("k1")), Stop));
        Assert.Equal("User [alice] is not authorized to create key !!", denied.Message);
        AuditEvent entry = Assert.Single(_audit.Events);
        Assert.Equal((AuditOutcome.Unauthorized, 0), (entry.Outcome, entry.HadoopLines));
    }

    private KmsEngine Engine(IAclSource acls) => new(_store, acls, _audit, TimeProvider.System, keyAuthorization: true);
}
