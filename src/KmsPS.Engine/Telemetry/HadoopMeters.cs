using KmsPS.Engine.Keys;

namespace KmsPS.Engine.Telemetry;

/// <summary>The nine meters of a Hadoop KMS, under the names that operators' scripts ask for.</summary>
/// <remarks>SOURCE: Hadoop KMSWebApp; what marks which was measured, recorded/jmx/default/meters.jsonl.</remarks>
public sealed class HadoopMeters
{
    private const int Ok = 200;
    private const int Created = 201;
    private const int Unauthenticated = 401;

    private readonly RateMeter _admin;
    private readonly RateMeter _key;
    private readonly RateMeter _generate;
    private readonly RateMeter _decrypt;
    private readonly RateMeter _reencrypt;
    private readonly RateMeter _reencryptBatch;
    private readonly RateMeter _unauthorized;
    private readonly RateMeter _unauthenticated;
    private readonly RateMeter _invalid;

    /// <param name="time">The clock.</param>
    public HadoopMeters(TimeProvider time)
    {
        _admin = new RateMeter(time);
        _key = new RateMeter(time);
        _generate = new RateMeter(time);
        _decrypt = new RateMeter(time);
        _reencrypt = new RateMeter(time);
        _reencryptBatch = new RateMeter(time);
        _unauthorized = new RateMeter(time);
        _unauthenticated = new RateMeter(time);
        _invalid = new RateMeter(time);
        All =
        [
            new("hadoop.kms.admin.calls.meter", _admin),
            new("hadoop.kms.key.calls.meter", _key),
            new("hadoop.kms.generate_eek.calls.meter", _generate),
            new("hadoop.kms.decrypt_eek.calls.meter", _decrypt),
            new("hadoop.kms.reencrypt_eek.calls.meter", _reencrypt),
            new("hadoop.kms.reencrypt_eek_batch.calls.meter", _reencryptBatch),
            new("hadoop.kms.unauthorized.calls.meter", _unauthorized),
            new("hadoop.kms.unauthenticated.calls.meter", _unauthenticated),
            new("hadoop.kms.invalid.calls.meter", _invalid),
        ];
    }

    /// <summary>Every meter with its name.</summary>
    public IReadOnlyList<KeyValuePair<string, RateMeter>> All { get; }

    /// <summary>An operation was asked for, before anybody was asked whether it may be.</summary>
    /// <param name="verb">Which.</param>
    /// <param name="now">When, as a time stamp of the clock.</param>
    public void Begin(KmsOperation verb, long now)
    {
        // Making EEKs is counted when it succeeded; all else when it is begun.
        if (verb != KmsOperation.GenerateEek)
        {
            Of(verb).Mark(now);
        }
    }

    /// <summary>An operation was done.</summary>
    public void Done(KmsOperation verb)
    {
        if (verb == KmsOperation.GenerateEek)
        {
            _generate.Mark();
        }
    }

    /// <summary>An operation's list refused; a key's own list does not count.</summary>
    public void Refused() => _unauthorized.Mark();

    /// <summary>An answer went out.</summary>
    public void Answered(int status)
    {
        if (status == Unauthenticated)
        {
            _unauthenticated.Mark();
        }
        else if (status is not (Ok or Created))
        {
            _invalid.Mark();
        }
    }

    /// <summary>A page was answered that no operation stands behind; a stock server counts each as invalid, whatever its status.</summary>
    public void AnsweredPage() => _invalid.Mark();

    private RateMeter Of(KmsOperation verb) => verb switch
    {
        KmsOperation.GetCurrentKey or KmsOperation.GetKeyVersion or KmsOperation.GetKeyVersions => _key,
        KmsOperation.DecryptEek => _decrypt,
        KmsOperation.ReencryptEek => _reencrypt,
        KmsOperation.ReencryptEekBatch => _reencryptBatch,
        _ => _admin,
    };
}
