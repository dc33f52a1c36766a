using KmsPS.CrashWriter;

// A process that is made to be killed: KmsPS.CrashWriter STORE SEED COUNT
return await Writer.RunAsync(args[0], int.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture), int.Parse(args[2], System.Globalization.CultureInfo.InvariantCulture));
