BeforeDiscovery {
    . "$PSScriptRoot/common.ps1"
    $noServer = -not (Test-Path "$((Get-Module KmsPS).ModuleBase)/server/kms-server.dll")
}
BeforeAll {
    . "$PSScriptRoot/common.ps1"
    $folder = New-TestStore
    $env:KMSPS_STATE_DIR = "$folder/run"
}
AfterAll {
    Get-KmsServer | Stop-KmsServer -TimeoutSec 10 -Force
    Remove-Item Env:KMSPS_STATE_DIR
    Remove-TestStore $folder
}

Describe 'A server over TLS' -Skip:$noServer {
    BeforeAll {
        $server = Start-KmsServer pester -DataPath "$folder/data" -Listen https://127.0.0.1:0
        $null = $server | Connect-KmsProvider -Name remote
    }
    It 'tells where it is' {
        $server.State, $server.Name | Should -Be Running, pester
        $server.Uri | Should -Match '^https://127\.0\.0\.1:\d+/kms$'
        $server.Thumbprint | Should -Not -BeNullOrEmpty
    }
    It 'is seen from everywhere' { (Get-KmsServer pester).ProcessId | Should -Be $server.ProcessId }
    It 'is not started twice' { (Start-KmsServer pester -DataPath "$folder/data" -Listen https://127.0.0.1:0).ProcessId | Should -Be $server.ProcessId }
    It 'refuses other settings without -Force' {
        { Start-KmsServer pester -DataPath "$folder/elsewhere" -Listen https://127.0.0.1:0 } | Should -Throw -ErrorId 'ServerAlreadyRunning,KmsPS.Cmdlets.Commands.StartKmsServerCommand'
    }
    It 'creates, rolls and decrypts' {
        New-KmsKey far -Provider remote | Out-Null
        $eek = New-KmsEncryptedKey far -Provider remote
        $plain = $eek | Unprotect-KmsEncryptedKey -AsByteArray
        (Get-KmsKey far -Provider remote | Invoke-KmsRollover).Version | Should -Be far@1
        ($eek | Update-KmsEncryptedKey | Unprotect-KmsEncryptedKey -AsByteArray) -join ' ' | Should -Be ($plain -join ' ')
    }
    It 'rolls by pipeline' {
        1..100 | ForEach-Object { "far-$_" } | New-KmsKey -Provider remote | Out-Null
        (Get-KmsKey far-* -Provider remote | Invoke-KmsRollover | Group-Object Rolled).Count | Should -Be 100
    }
    It 'gives the same error ids' { { Get-KmsKey nothing -Provider remote -ErrorAction Stop } | Should -Throw -ErrorId 'KeyNotFound,KmsPS.Cmdlets.Commands.GetKmsKeyCommand' }
    It 'is trusted by its thumbprint alone' {
        { Connect-KmsProvider $server.Uri -Name doubtful } | Should -Throw
        { Connect-KmsProvider $server.Uri -Name doubtful -Thumbprint ('00' * 32) } | Should -Throw
    }
    It 'stops, and a second stop is no error' {
        $server | Stop-KmsServer
        Get-Process -Id $server.ProcessId -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $server | Stop-KmsServer -ErrorAction Stop
        { Get-KmsServer pester -ErrorAction Stop } | Should -Throw -ErrorId 'ServerNotFound,KmsPS.Cmdlets.Commands.GetKmsServerCommand'
    }
}

Describe 'A server that cannot start' -Skip:$noServer {
    It 'says why' {
        $null = New-Item -ItemType Directory "$folder/conf" -Force
        '<configuration><property>' | Set-Content "$folder/conf/kms-site.xml"
        { Start-KmsServer broken -ConfigPath "$folder/conf" -DataPath "$folder/broken" -Listen https://127.0.0.1:0 } | Should -Throw -ErrorId 'ServerStartFailed,KmsPS.Cmdlets.Commands.StartKmsServerCommand'
        $Error[0].Exception.Message | Should -Match 'kms-site.xml'
    }
    It 'starts nothing with -WhatIf' { Start-KmsServer never -WhatIf | Should -BeNullOrEmpty }
}
