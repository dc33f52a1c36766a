using KmsPS.Engine.Errors;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Providers.Sql;
using KmsPS.Tests.Fakes;
using KmsPS.Tests.Providers.Keeping;

namespace KmsPS.Tests.Providers;

/// <summary>A key that a later release wrote, in a layout that this one does not know, is refused as that: it is not damaged, and nothing takes it away.</summary>
public sealed class NewerReleaseTests : IDisposable
{
    private static readonly KeyName Later = KeyName.Parse("later");

    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Store => _directory.File("kms.db");

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("KmsPS key record 3", false)]
    [InlineData("KmsPS key use 2", true)]
    public async Task It_is_said_what_to_update_and_every_keeper_stops_and_takes_nothing_away(string layout, bool isLimited)
    {
        await MakeAsync(layout, isLimited);
        await using CachingKeyProvider store = CachingKeyProvider.Over(await KeptStore.OpenAsync(Store), TimeProvider.System);
        Func<Task>[] uses =
        [
            async () => await store.FindMetadataAsync(Later, Stop),
            async () => (await store.FindVersionAsync(KeyVersionName.Of(Later, 0), Stop))?.Dispose(),
            async () => (await store.RollAsync(Later, null, null, Stop)).Dispose(),
        ];
        foreach (Func<Task> use in uses)
        {
            Refused(await Assert.ThrowsAsync<KmsException>(use));
        }

        if (!isLimited)
        {
            Func<Task>[] keeping =
            [
                async () => await store.Keeper!.CheckAsync(isDeep: true, null, Stop),
                async () => await store.Keeper!.RepairAsync(new RepairRequest(IsTrial: false), null, Stop),
                async () => await store.Keeper!.RekeyAsync(new RekeyRequest(), null, Stop),
            ];
            foreach (Func<Task> work in keeping)
            {
                Refused(await Assert.ThrowsAsync<KmsException>(work));
            }
        }

        (await store.RollAsync(KeyName.Parse("other"), null, null, Stop)).Dispose();

        void Refused(KmsException refused)
        {
            Assert.Equal((ErrorKind.StoreUnavailable, false, "later"), (refused.Kind, refused.IsTransient, refused.Subject));
            Assert.StartsWith($"Key later was written by a newer release: it has the layout '{layout}'", refused.Message, StringComparison.Ordinal);
            Assert.StartsWith("Update this server", refused.Remedy, StringComparison.Ordinal);
        }
    }

    // Writes as a later release might: the same seal, purpose and place, and another layout inside.
    private async Task MakeAsync(string layout, bool isLimited)
    {
        await using (IKeyProvider store = await KeptStore.OpenAsync(Store))
        {
            (await store.CreateAsync(NewKey.Default(Later), Stop)).Dispose();
            (await store.CreateAsync(NewKey.Default(KeyName.Parse("other")), Stop)).Dispose();
            if (isLimited)
            {
                await ((IKeyLifecycle)store).ChangeAsync(new LifecycleChange(LifecycleAction.Disable, Later), Stop);
            }
        }

        await using SqlStore inside = await SqliteProvider.OpenStoreAsync(Store, null, null, TimeProvider.System, Stop);
        byte[] id = inside.Current.Id;
        await inside.Sessions.WriteAsync((inside, layout, isLimited), async (session, job) =>
        {
            long incarnation = (long)(await session.Command("SELECT incarnation FROM key_incarnation WHERE name = 'later'").ExecuteScalarAsync(Stop))!;
            RowWriter bound = isLimited
                ? SqlStateStore.Bind(inside, "key.use", $"{incarnation}", 1, null, id)
                : inside.Bind("KmsPS key 1", id);
            if (!isLimited)
            {
                bound.Add(incarnation);
                bound.Add(Later.Value);
            }

            SealedRow box = inside.Current.Seal(new RowWriter(job.layout).Span, bound);
            string sql = isLimited ? "UPDATE state_record SET sealed = @sealed WHERE kind = 'key.use'" : "UPDATE key_incarnation SET sealed = @sealed WHERE name = 'later'";
            return await session.Command(sql, ("@sealed", box.Box)).ExecuteNonQueryAsync(Stop);
        }, Stop);
    }
}
