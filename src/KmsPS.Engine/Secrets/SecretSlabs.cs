namespace KmsPS.Engine.Secrets;

/// <summary>
/// Places of one length, cut from pinned arrays of many: a pinned array for each secret would cost more than what is done with the
/// secret, and the more so the more of them there are.
/// </summary>
/// <remarks>Memory that was taken stays taken: there are as many places as secrets lived at once.</remarks>
/// <param name="slotLength">Bytes of a place.</param>
internal sealed class SecretSlabs(int slotLength)
{
    private const int SlotsOfSlab = 256;

    // Each core looks among its own few first, so that a data key's place takes no lock.
    private const int SpareACore = 4;

    private readonly SecretSlot?[] _ofCore = new SecretSlot?[256];
    private readonly Stack<SecretSlot> _free = new();
    private readonly Lock _lock = new();

    /// <summary>Longest secret that has room in a place.</summary>
    internal int SlotLength => slotLength;

    private int FirstOfCore => Thread.GetCurrentProcessorId() * SpareACore % _ofCore.Length;

    /// <summary>A zeroed place that is nobody else's until it is kept again.</summary>
    internal SecretSlot Take()
    {
        int first = FirstOfCore;
        for (int i = 0; i < SpareACore; i++)
        {
            ref SecretSlot? place = ref _ofCore[first + i];
            if (place is not null && Interlocked.Exchange(ref place, null) is { } slot)
            {
                return slot;
            }
        }

        lock (_lock)
        {
            if (_free.Count == 0)
            {
                Cut();
            }

            return _free.Pop();
        }
    }

    /// <summary>Takes a zeroed place back.</summary>
    internal void Keep(SecretSlot slot)
    {
        int first = FirstOfCore;
        for (int i = 0; i < SpareACore; i++)
        {
            ref SecretSlot? place = ref _ofCore[first + i];
            if (place is null && Interlocked.CompareExchange(ref place, slot, null) is null)
            {
                return;
            }
        }

        lock (_lock)
        {
            _free.Push(slot);
        }
    }

    private void Cut()
    {
        byte[] slab = GC.AllocateArray<byte>(SlotsOfSlab * slotLength, pinned: true);
        for (int i = 0; i < SlotsOfSlab; i++)
        {
            _free.Push(new SecretSlot(slab.AsMemory(i * slotLength, slotLength), this));
        }
    }
}
