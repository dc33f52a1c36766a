using System.Globalization;
using KmsPS.CrashWriter;

// A process that is made to be killed: KmsPS.CrashWriter STORE SEED COUNT, or KmsPS.CrashWriter STORE WORK …
return args is [var path, var seed, var count] && int.TryParse(seed, CultureInfo.InvariantCulture, out int number)
    ? await Writer.RunAsync(path, number, int.Parse(count, CultureInfo.InvariantCulture))
    : await Keeping.RunAsync(args[0], args[1..]);
