BeforeDiscovery {
    . "$PSScriptRoot/common.ps1"
    $cmdlets = (Get-Command -Module KmsPS).Name | ForEach-Object { @{ Name = $_ } }
}
BeforeAll {
    . "$PSScriptRoot/common.ps1"
    $folder = New-TestStore
    Push-Location $folder
    '<configuration/>' | Set-Content kms-acls.xml
}
AfterAll { Pop-Location; Remove-TestStore $folder }

Describe 'Help of <Name>' -ForEach $cmdlets {
    BeforeAll { $help = Get-Help "KmsPS\$Name" -Full }
    It 'has a synopsis, a description and examples with remarks' {
        $help.Synopsis | Should -Not -Match "^\s*$Name"
        $help.description.Text | Should -Not -BeNullOrEmpty
        @($help.examples.example).Count | Should -BeGreaterThan 1
        foreach ($example in $help.examples.example) { $example.code, $example.remarks.Text | Should -Not -BeNullOrEmpty }
    }
    It 'describes every parameter as the cmdlet has it' {
        $common = [Management.Automation.Cmdlet]::CommonParameters
        foreach ($parameter in (Get-Command "KmsPS\$Name").Parameters.Values | Where-Object Name -NotIn $common) {
            $text = $help.parameters.parameter | Where-Object name -EQ $parameter.Name
            $text.description.Text | Should -Not -BeNullOrEmpty -Because "-$($parameter.Name) needs a description"
        }
    }
    It 'tells every default as the cmdlet has it' {
        $cmdlet = (Get-Command "KmsPS\$Name").ImplementingType
        $fresh = [Activator]::CreateInstance($cmdlet)
        foreach ($parameter in $help.parameters.parameter | Where-Object { $_.parameterValue -and $_.required -ne 'true' }) {
            $default = $cmdlet.GetProperty($parameter.name).GetValue($fresh)
            if ($parameter.defaultValue -ne 'None' -or "$default" -notin '', '0') { "$($parameter.name) $($parameter.defaultValue)" | Should -Be "$($parameter.name) $default" }
        }
    }
    It 'has examples that run' {
        if (($help.examples.example.code -match 'KmsServer') -and -not (Test-Path "$((Get-Module KmsPS).ModuleBase)/server/kms-server.dll")) { Set-ItResult -Skipped -Because 'the module was built without the server' }
        foreach ($example in $help.examples.example) { $null = & ([scriptblock]::Create("`$ErrorActionPreference = 'Stop'`n$($example.code)")) }
    }
}

Describe 'About topics' {
    It 'has <_>' -ForEach 'about_KmsPS', 'about_KmsPS_Providers', 'about_KmsPS_Access', 'about_KmsPS_Server', 'about_KmsPS_Naming' {
        (Get-Help $_) -join "`n" | Should -Match 'LONG DESCRIPTION'
    }
}

Describe 'The module' {
    It 'has a sound manifest' { (Test-ModuleManifest $manifest).Version | Should -Be (Get-Module KmsPS).Version }
    It 'imports quickly' {
        $path = $manifest
        $took = 1..3 | ForEach-Object { [int](pwsh -NoProfile -Command "(Measure-Command { Import-Module '$path' }).TotalMilliseconds") }
        ($took | Sort-Object)[0] | Should -BeLessThan 300
    }
    It 'imports twice and keeps its cmdlets' { Import-Module $manifest -Force; (Get-Command Get-KmsKey).Source | Should -Be KmsPS }
}
