using System.Management.Automation;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using KmsPS.Cmdlets.Shell;

namespace KmsPS.Cmdlets;

/// <summary>
/// Tells the runtime where the module keeps its third-party assemblies: in <c>bin/dependencies/</c>, beside this one. It answers only
/// for files that lie there, after the runtime itself found nothing, so no other module's version is ever met or replaced.
/// </summary>
/// <remarks>PowerShell runs <see cref="OnImport"/> before any cmdlet of the assembly is made. It opens no store and reads no file.</remarks>
public sealed class ModuleInitializer : IModuleAssemblyInitializer, IModuleAssemblyCleanup
{
    /// <inheritdoc/>
    public void OnImport()
    {
        AssemblyLoadContext.Default.Resolving += ResolveManaged;
        AssemblyLoadContext.Default.ResolvingUnmanagedDll += ResolveNative;
        AppDomain.CurrentDomain.ProcessExit += CloseSessions;
    }

    /// <summary>Closes what this runspace opened. Assemblies stay loaded: .NET cannot give them back in the default context.</summary>
    public void OnRemove(PSModuleInfo psModuleInfo)
    {
        AssemblyLoadContext.Default.Resolving -= ResolveManaged;
        AssemblyLoadContext.Default.ResolvingUnmanagedDll -= ResolveNative;
        AppDomain.CurrentDomain.ProcessExit -= CloseSessions;
        KmsSession.CloseCurrent();
    }

    private static void CloseSessions(object? sender, EventArgs e) => KmsSession.CloseAllAtExit();

    private static string Dependencies => Path.Combine(Path.GetDirectoryName(typeof(ModuleInitializer).Assembly.Location) ?? ".", "dependencies");

    private static Assembly? ResolveManaged(AssemblyLoadContext context, AssemblyName name)
    {
        string file = Path.Combine(Dependencies, name.Name + ".dll");
        return File.Exists(file) ? context.LoadFromAssemblyPath(file) : null;
    }

    private static IntPtr ResolveNative(Assembly asking, string library)
    {
        foreach (string name in (ReadOnlySpan<string>)[$"lib{library}.so", $"lib{library}.dylib", $"{library}.dll", library])
        {
            string file = Path.Combine(Dependencies, "runtimes", RuntimeFolder, "native", name);
            if (File.Exists(file))
            {
                return NativeLibrary.Load(file);
            }
        }

        return IntPtr.Zero;
    }

    private static string RuntimeFolder
    {
        get
        {
            string system = OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : IsMusl ? "linux-musl" : "linux";
            return $"{system}-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";
        }
    }

    private static bool IsMusl => RuntimeInformation.RuntimeIdentifier.Contains("musl", StringComparison.Ordinal);
}
