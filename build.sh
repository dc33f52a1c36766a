#!/usr/bin/env bash
# Usage: ./build.sh [build|serve|test|bench|help|package|clean] [arguments of the task]
# Needs the .NET SDK of global.json and nothing else; build.ps1 does the same for PowerShell. The tasks are in tools/KmsPS.Build.
set -euo pipefail
cd "$(dirname "$0")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
if ! command -v dotnet >/dev/null 2>&1; then
    echo "build.sh: 'dotnet' is not on the path. Install the .NET 10 SDK: https://dotnet.microsoft.com/download" >&2
    exit 127
fi
dotnet build tools/KmsPS.Build -c Debug -v q -nologo -clp:ErrorsOnly >&2
exec dotnet tools/KmsPS.Build/bin/Debug/net10.0/KmsPS.Build.dll "$@"
