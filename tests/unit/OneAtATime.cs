// Many tests measure time, kill processes or count allocations: each gets the machine to itself. All together take minutes, not more.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
