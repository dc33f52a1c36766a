BeforeAll {
    . "$PSScriptRoot/common.ps1"
    $folder = New-TestStore
    New-KmsKey alpha, beta | Out-Null
}
AfterAll { Remove-TestStore $folder }

Describe 'Keys come in every spelling' {
    Context '<_>' -ForEach 'Invoke-KmsRollover', 'Get-KmsKeyVersion', 'New-KmsEncryptedKey' {
        It 'takes a piped key' { @(Get-KmsKey alpha | & $_).Name | Select-Object -Unique | Should -Be alpha }
        It 'takes a piped name' { @('alpha' | & $_).Name | Select-Object -Unique | Should -Be alpha }
        It 'takes an object with a Name' { @([pscustomobject]@{ Name = 'alpha' } | & $_).Name | Select-Object -Unique | Should -Be alpha }
        It 'takes a deserialised key, and its connection with it' {
            $key = [Management.Automation.PSSerializer]::Deserialize([Management.Automation.PSSerializer]::Serialize((Get-KmsKey alpha)))
            @($key | & $_).Name | Select-Object -Unique | Should -Be alpha
        }
        It 'takes -InputObject' { @(& $_ -InputObject (Get-KmsKey alpha)).Name | Select-Object -Unique | Should -Be alpha }
        It 'takes names by position' { @(& $_ alpha, beta).Name | Sort-Object -Unique | Should -Be alpha, beta }
    }
    It 'acts where the key came from, also when another connection is the default' {
        $key = Get-KmsKey alpha
        Connect-KmsProvider "sqlite://file@$folder/other.db" -Name other | Out-Null
        try { ($key | Invoke-KmsRollover).Provider | Should -Be test } finally { Disconnect-KmsProvider other }
    }
}

Describe 'Get-KmsKey' {
    It 'lists all without a name' { (Get-KmsKey).Name | Should -Be alpha, beta }
    It 'expands wildcards' { (Get-KmsKey A*).Name | Should -Be alpha }
    It 'is silent when a pattern fits nothing' { Get-KmsKey zz* -ErrorAction Stop | Should -BeNullOrEmpty }
    It 'finds a name that is a pattern' {
        New-KmsKey 'odd[1]' | Out-Null
        (Get-KmsKey 'odd[1]').Name | Should -Be 'odd[1]'
    }
    It 'tells capital letters apart in names' { { Get-KmsKey ALPHA -ErrorAction Stop } | Should -Throw -ErrorId 'KeyNotFound,KmsPS.Cmdlets.Commands.GetKmsKeyCommand' }
    It 'filters by age and cipher' {
        Get-KmsKey -OlderThan 1.00:00:00 | Should -BeNullOrEmpty
        @(Get-KmsKey -Cipher AES/CTR*).Count | Should -BeGreaterThan 1
        Get-KmsKey -Cipher SM4* | Should -BeNullOrEmpty
    }
    It 'completes names that were seen' { Complete 'Get-KmsKey al' | Should -Contain alpha }
    It 'completes ciphers and connections' {
        Complete 'New-KmsKey x -Cipher AES/C' | Should -Contain 'AES/CTR/NoPadding'
        Complete 'Get-KmsKey -Provider te' | Should -Contain test
    }
}
