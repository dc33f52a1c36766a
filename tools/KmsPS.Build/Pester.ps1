# Runs the Pester tests against the assembled module and writes counts and names as JSON for the build to add up.
param(
    [Parameter(Mandatory)] [string] $Tests,
    [Parameter(Mandatory)] [string] $Results
)

$ErrorActionPreference = 'Stop'
Import-Module Pester -MinimumVersion 5.7
$configuration = New-PesterConfiguration
$configuration.Run.Path = $Tests
$configuration.Run.PassThru = $true
$configuration.Output.Verbosity = 'Normal'
$run = Invoke-Pester -Configuration $configuration

$named = {
    $why = if ($_.ErrorRecord) { "$($_.ErrorRecord[0])" } else { 'skipped by its own condition' }
    @{ name = $_.ExpandedPath ?? $_.Name; why = $why }
}
$failed = @($run.Failed | ForEach-Object $named)
$failed += @($run.FailedBlocks + $run.FailedContainers | Where-Object { $_ } | ForEach-Object { @{ name = "$_"; why = "$($_.ErrorRecord)" } })
@{
    passed  = $run.PassedCount
    failed  = $failed
    skipped = @(@($run.Skipped) + @($run.NotRun) + @($run.Inconclusive) | Where-Object { $_ } | ForEach-Object $named)
} | ConvertTo-Json -Depth 4 | Set-Content -LiteralPath $Results
exit [int]($run.Result -ne 'Passed')
