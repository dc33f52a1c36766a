<#
.SYNOPSIS
Builds, tests, packages and serves KmsPS; the same tasks as build.sh.
.EXAMPLE
./build.ps1 -Task serve
#>
[CmdletBinding(PositionalBinding = $false)]
param(
    [Parameter(Position = 0)]
    [ValidateSet('build', 'serve', 'test', 'bench', 'help', 'package', 'clean')]
    [string] $Task = 'build',

    # Goes to the task: for example --quick after bench.
    [Parameter(ValueFromRemainingArguments)]
    [string[]] $Argument = @()
)

$ErrorActionPreference = 'Stop'
$env:DOTNET_CLI_TELEMETRY_OPTOUT = '1'
$env:DOTNET_NOLOGO = '1'
if (-not (Get-Command dotnet -CommandType Application -ErrorAction Ignore)) {
    throw "'dotnet' is not on the path. Install the .NET 10 SDK: https://dotnet.microsoft.com/download"
}

$project = Join-Path $PSScriptRoot 'tools/KmsPS.Build'
dotnet build $project -c Debug -v q -nologo -clp:ErrorsOnly
if ($LASTEXITCODE -eq 0) {
    dotnet (Join-Path $project 'bin/Debug/net10.0/KmsPS.Build.dll') $Task @Argument
}

exit $LASTEXITCODE
