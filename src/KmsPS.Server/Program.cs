using KmsPS.Engine.Errors;
using KmsPS.Server;

if (CommandLine.AsksFor(args, "--help", "-h"))
{
    Console.Out.Write(CommandLine.Usage);
    return 0;
}

if (CommandLine.AsksFor(args, "--version"))
{
    Console.Out.WriteLine(KmsServer.Version);
    return 0;
}

try
{
    await using KmsServer server = new(CommandLine.Parse(args, Environment.GetEnvironmentVariable), TimeProvider.System, Hardening.ForbidCoreDumps());
    await server.RunAsync();
    return 0;
}
catch (Exception failure) when (failure is KmsException or IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine($"kms-server: {Failure.Sentence(failure)}");
    return failure is KmsException { Kind: ErrorKind.ConfigurationInvalid } ? 2 : 1;
}
