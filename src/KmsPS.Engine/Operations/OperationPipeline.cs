using KmsPS.Engine.Acl;
using KmsPS.Engine.Audit;
using KmsPS.Engine.Errors;
using KmsPS.Engine.Identity;
using KmsPS.Engine.Keys;
using KmsPS.Engine.Providers;
using KmsPS.Engine.Telemetry;
using KmsPS.Engine.Wire;

namespace KmsPS.Engine.Operations;

/// <summary>
/// The one door: decide, execute, audit. Every request passes here, from HTTP and from a cmdlet alike, and leaves exactly one
/// trace on every way out.
/// </summary>
/// <remarks>
/// INVARIANT: the operation lists are asked before anything is looked up, so a caller without the right learns nothing of a key's
/// existence; a key's own lists are asked before its material is touched.
/// </remarks>
public sealed class OperationPipeline(IAclSource acls, IKeyProvider store, IAuditTrail audit, TimeProvider time, AccessPolicy policy, KmsMeter? meter = null)
{
    /// <summary>Runs one operation for one caller.</summary>
    /// <exception cref="AccessDeniedException">The lists said no.</exception>
    /// <exception cref="KmsException">The operation failed.</exception>
    public async ValueTask<TResult> RunAsync<TRequest, TResult>(
        IOperation<TRequest, TResult> operation, Call call, TRequest request, CancellationToken cancellationToken)
    {
        OperationRow row = OperationTable.Of(operation.Verb);
        long started = time.GetTimestamp();
        meter?.Hadoop.Begin(row.Verb, started);
        TResult result;
        try
        {
            AclSnapshot acl = acls.Current;
            await RequireOperationAsync(acl, row, call, operation.Demand(request), started).ConfigureAwait(false);
            if (policy.KeyAuthorization && row.KeyAcl is { } type)
            {
                KeySubjects subjects = await operation.SubjectsAsync(request, cancellationToken).ConfigureAwait(false);
                await RequireKeysAsync(acl, row, type, call, subjects, started, cancellationToken).ConfigureAwait(false);
            }

            if (row.ChangesStore)
            {
                await audit.RequireAsync(cancellationToken).ConfigureAwait(false);
            }

            result = await operation.ExecuteAsync(request, cancellationToken).ConfigureAwait(false);
            if (row.HidesMaterial && !acl.Decide(new AccessRequest(call.Caller, AclOperation.Get, row.Verb)).IsAllowed)
            {
                result = operation.HideMaterial(result);
            }

            if (row.ListsKeys && policy.HidesKeys)
            {
                result = operation.Narrow(request, result, acl, call.Caller);
            }
        }
        catch (AccessDeniedException denied)
        {
            Measure(row.Verb, denied.IsKeyLevel, started);
            await WriteWrappedRefusalAsync(row, call, denied, started).ConfigureAwait(false);
            throw;
        }
        catch (Exception failure)
        {
            meter?.Operation(row.Verb, OperationEnd.Failed, time.GetElapsedTime(started), 0);
            await WriteFailureAsync(row, call, operation.Demand(request).Key, failure, started).ConfigureAwait(false);
            throw;
        }

        try
        {
            AuditNote note = operation.Describe(request, result);
            await WriteSuccessAsync(row, call, note, started).ConfigureAwait(false);
            meter?.Hadoop.Done(row.Verb);
            meter?.Operation(row.Verb, OperationEnd.Ok, time.GetElapsedTime(started), note.Count ?? 1);
            return result;
        }
        catch
        {
            (result as IDisposable)?.Dispose();
            throw;
        }
    }

    private void Measure(KmsOperation verb, bool isKeyLevel, long started)
    {
        meter?.Operation(verb, OperationEnd.Denied, time.GetElapsedTime(started), 0);
        if (!isKeyLevel)
        {
            meter?.Hadoop.Refused();
        }
    }

    private ValueTask RequireOperationAsync(AclSnapshot acl, OperationRow row, in Call call, in AccessDemand demand, long started)
    {
        AccessRequest request = new(call.Caller, row.Acl, row.Verb, demand.Key);
        AccessDecision decision = acl.Decide(request);
        if (!decision.IsAllowed && row.AlternativeAcl is { } other && acl.Decide(request with { Operation = other }) is { IsAllowed: true } granted)
        {
            decision = granted;
        }

        if (decision.IsAllowed && demand.GivesMaterial)
        {
            decision = acl.Decide(request with { Operation = AclOperation.SetKeyMaterial });
        }

        return decision.IsAllowed ? ValueTask.CompletedTask : RefuseOperationAsync(row, call, request, decision, started);
    }

    private async ValueTask RefuseOperationAsync(OperationRow row, Call call, AccessRequest request, AccessDecision decision, long started)
    {
        if (policy.IsPermissive)
        {
            await AllowAllTheSameAsync(row, Refusal(row.AuditName, call, request.Key, decision, started)).ConfigureAwait(false);
            return;
        }

        if (row.IsAggregated && request.Key is { Length: > 0 } key)
        {
            await audit.FlushAsync(call.Caller, row.Verb, key, CancellationToken.None).ConfigureAwait(false);
        }

        await audit.WriteAsync(Refusal(row.AuditName, call, request.Key, decision, started), CancellationToken.None).ConfigureAwait(false);
        throw new AccessDeniedException(request, decision, row.AuditName, null);
    }

    private ValueTask RequireKeysAsync(AclSnapshot acl, OperationRow row, KeyAclType type, in Call call, in KeySubjects subjects, long started, CancellationToken cancellationToken)
    {
        // Nearly every request is for one key whose metadata is remembered: then nothing is waited for.
        if (subjects is { One: { } one, New: null, Deleted: null, Many: null })
        {
            ValueTask<KeyMetadata?> found = store.FindMetadataAsync(one, cancellationToken);
            return found.IsCompletedSuccessfully
                ? RequireKeyAsync(acl, row, type, call, one, found.Result?.AclName, subjects.Uses, started)
                : AwaitKeyAsync(acl, row, type, call, one, found, subjects.Uses, started);
        }

        return RequireAllKeysAsync(acl, row, type, call, subjects, started, cancellationToken);
    }

    private async ValueTask AwaitKeyAsync(AclSnapshot acl, OperationRow row, KeyAclType type, Call call, KeyName key, ValueTask<KeyMetadata?> found, int uses, long started)
    {
        KeyMetadata? metadata = await found.ConfigureAwait(false);
        await RequireKeyAsync(acl, row, type, call, key, metadata?.AclName, uses, started).ConfigureAwait(false);
    }

    private async ValueTask RequireAllKeysAsync(AclSnapshot acl, OperationRow row, KeyAclType type, Call call, KeySubjects subjects, long started, CancellationToken cancellationToken)
    {
        if (subjects.New is { } fresh)
        {
            string aclName = fresh.Attributes.TryGetValue(KeyMetadata.AclNameAttribute, out string? named) && named.Length > 0 ? named : fresh.Name.Value;
            await RequireKeyAsync(acl, row, type, call, fresh.Name, aclName, 1, started).ConfigureAwait(false);
        }

        if (subjects.One is { } one)
        {
            KeyMetadata? metadata = await store.FindMetadataAsync(one, cancellationToken).ConfigureAwait(false);
            await RequireKeyAsync(acl, row, type, call, one, metadata?.AclName, subjects.Uses, started).ConfigureAwait(false);
        }

        if (subjects.Deleted is { } deleted && store is ISoftDelete trash
            && await trash.FindDeletedAsync(deleted, cancellationToken).ConfigureAwait(false) is { } buried)
        {
            await RequireKeyAsync(acl, row, type, call, deleted, buried.AclName, 1, started).ConfigureAwait(false);
        }

        foreach (KeyName each in subjects.Many ?? [])
        {
            KeyMetadata? metadata = await store.FindMetadataAsync(each, cancellationToken).ConfigureAwait(false);
            await RequireKeyAsync(acl, row, type, call, each, metadata?.AclName, 1, started).ConfigureAwait(false);
        }
    }

    // A key that does not exist has no lists; the operation goes on to its own not-found answer.
    private ValueTask RequireKeyAsync(AclSnapshot acl, OperationRow row, KeyAclType type, in Call call, KeyName key, string? aclName, int uses, long started)
    {
        if (aclName is null)
        {
            return ValueTask.CompletedTask;
        }

        AccessRequest request = new(call.Caller, row.Acl, row.Verb, key.Value, type, aclName);
        AccessDecision decision = acl.Decide(request);
        return decision is { IsAllowed: true, ListsConsulted: 0 } ? ValueTask.CompletedTask : WriteKeyDecisionAsync(row, type, call, request, decision, uses, started);
    }

    private async ValueTask WriteKeyDecisionAsync(OperationRow row, KeyAclType type, Call call, AccessRequest request, AccessDecision decision, int uses, long started)
    {
        string? aclName = request.AclName;
        string name = OperationTable.NameOf(type);
        if (policy.IsPermissive && !decision.IsAllowed)
        {
            await AllowAllTheSameAsync(row, Refusal(name, call, aclName, decision, started)).ConfigureAwait(false);
            return;
        }

        // SOURCE: Hadoop KMSACLs.hasAccess: each list that says no leaves a line, also when the list ALL then says yes; and none is left
        // when no list speaks of the key.
        AuditEvent refusal = Refusal(name, call, aclName, decision, started) with
        {
            HadoopLines = decision.IsAllowed ? Math.Min(uses, policy.MaxEeks) : Math.Min(decision.ListsConsulted, 1),
            InOwnLog = !decision.IsAllowed,
        };
        await audit.WriteAsync(refusal, CancellationToken.None).ConfigureAwait(false);
        if (decision.ListsConsulted > 1)
        {
            await audit.WriteAsync(refusal with { Operation = OperationTable.NameOf(KeyAclType.All), InOwnLog = false }, CancellationToken.None).ConfigureAwait(false);
        }

        if (!decision.IsAllowed)
        {
            throw new AccessDeniedException(request, decision, row.AuditName, name);
        }
    }

    // Hadoop's log knows no such mode: a line there would say that something was refused that was done.
    private ValueTask AllowAllTheSameAsync(OperationRow row, AuditEvent refusal)
    {
        meter?.WouldBeDenied(row.Verb);
        return audit.WriteAsync(refusal with { Outcome = AuditOutcome.WouldBeUnauthorized, HadoopLines = 0 }, CancellationToken.None);
    }

    private AuditEvent Refusal(string operation, in Call call, string? key, AccessDecision decision, long started) => Event(AuditOutcome.Unauthorized, call, started) with
    {
        Operation = operation,
        Key = key,
        Reason = decision.Reason.ToString(),
        Rule = decision.DecidedBy is { } rule ? $"{rule.Property} ({rule.Place})" : null,
    };

    private ValueTask WriteSuccessAsync(OperationRow row, in Call call, AuditNote note, long started)
    {
        if (row.IsAggregated && note is { InHadoopLog: true, Key.Length: > 0 })
        {
            return audit.CountOkAsync(call, new AuditedAccess(row.Verb, row.AuditName, note.Key, note.Version, note.Count ?? 1), CancellationToken.None);
        }

        // A client that hangs up does not erase its trace: no token of the request here.
        return audit.WriteAsync(
            Event(AuditOutcome.Ok, call, started) with
            {
                Operation = row.AuditName,
                Key = note.Key,
                Version = note.Version,
                Extra = note.Extra,
                Count = note.Count,
                HadoopLines = note.InHadoopLog ? 1 : 0,
            },
            CancellationToken.None);
    }

    // SOURCE: a real server's log, recorded/audit/denied: a refusal that reaches the client as a failure, as a key list's does when
    // generating, has a line of each kind. The refusal itself is written already.
    private ValueTask WriteWrappedRefusalAsync(OperationRow row, in Call call, AccessDeniedException denied, long started)
    {
        RemoteError told = RemoteErrors.Describe(row.Verb, denied);
        return told.Status < 500
            ? ValueTask.CompletedTask
            : audit.WriteAsync(Event(AuditOutcome.Error, call, started) with { Message = told.Message, InOwnLog = false }, CancellationToken.None);
    }

    private ValueTask WriteFailureAsync(OperationRow row, in Call call, string? key, Exception failure, long started) => audit.WriteAsync(
        Event(AuditOutcome.Error, call, started) with
        {
            Operation = row.AuditName,
            Key = key,
            Message = RemoteErrors.Describe(row.Verb, failure).Message,
        },
        CancellationToken.None);

    private AuditEvent Event(AuditOutcome outcome, in Call call, long started) => new()
    {
        At = time.GetUtcNow(),
        Outcome = outcome,
        User = call.Caller.FullName,
        RealUser = call.Caller.RealCaller?.FullName,
        Authentication = call.Caller.Method,
        Address = call.Origin.Address,
        Method = call.Origin.Method,
        TraceId = call.TraceId,
        Duration = time.GetElapsedTime(started),
    };
}
