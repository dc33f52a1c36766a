# Imports the built module and gives each file of tests a store of its own.
$manifest = if ($env:KMSPS_MODULE) { $env:KMSPS_MODULE } else {
    $version = (Select-Xml -Path "$PSScriptRoot/../../Directory.Build.props" -XPath '//KmsPSVersion').Node.InnerText
    "$PSScriptRoot/../../output/KmsPS/$version/KmsPS.psd1"
}
if (-not (Test-Path $manifest)) { throw "The module is not at $manifest. Run ./build.sh package first." }
Import-Module $manifest -Force -ErrorAction Stop

function New-TestStore {
    $folder = Join-Path ([IO.Path]::GetTempPath()) "kmsps-pester-$([guid]::NewGuid().ToString('N'))"
    $null = New-Item -ItemType Directory $folder
    $env:XDG_DATA_HOME = $folder
    Connect-KmsProvider "sqlite://file@$folder/kms.db" -Name test | Out-Null
    $folder
}

function Remove-TestStore([string] $Folder) {
    Disconnect-KmsProvider *
    Remove-Item -Recurse -Force $Folder -ErrorAction SilentlyContinue
}

# Goes on as soon as the block gives something true; fails with what was waited for.
function Wait-Until([string] $What, [scriptblock] $Condition, [int] $Seconds = 10) {
    $watch = [Diagnostics.Stopwatch]::StartNew()
    while (-not (& $Condition)) {
        if ($watch.Elapsed.TotalSeconds -gt $Seconds) { throw "After $Seconds seconds still not so: $What" }
        Start-Sleep -Milliseconds 20
    }
}

function Complete([string] $Text) {
    [Management.Automation.CommandCompletion]::CompleteInput($Text, $Text.Length, $null).CompletionMatches.CompletionText
}
