using KmsPS.Benchmarks;
using KmsPS.Benchmarks.Bare;

if (args is ["bare", ..])
{
    return await BareEndpoint.RunAsync(args[1..]);
}

if (Options.Parse(args) is not { } options)
{
    Console.Error.WriteLine(Options.Usage);
    return 2;
}

return await new Suite(options, Clone.Find()).RunAsync();
