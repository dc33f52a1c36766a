using KmsPS.Benchmarks;
using KmsPS.Benchmarks.Bare;
using KmsPS.Benchmarks.Stores;

if (args is ["bare", ..])
{
    return await BareEndpoint.RunAsync(args[1..]);
}

if (args is ["open", var uri, var version])
{
    return await MillionKeys.OpenAsync(uri, version);
}

if (Options.Parse(args) is not { } options)
{
    Console.Error.WriteLine(Options.Usage);
    return 2;
}

return await new Suite(options, Clone.Find()).RunAsync();
