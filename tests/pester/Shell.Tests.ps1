BeforeAll {
    . "$PSScriptRoot/common.ps1"
    $folder = New-TestStore
    1..300 | ForEach-Object { "key-$_" } | New-KmsKey | Out-Null
}
AfterAll { Remove-TestStore $folder }

Describe 'The pipeline' {
    It 'ends a listing early' { @(Get-KmsKey | Select-Object -First 1).Count | Should -Be 1 }
    It 'stops within 100 ms' {
        $shell = [powershell]::Create()
        try {
            $null = $shell.AddScript("Import-Module '$manifest'; Connect-KmsProvider 'sqlite://file@$folder/kms.db' | Out-Null; while (`$true) { Get-KmsKey | Invoke-KmsRollover | Out-Null }")
            $null = $shell.BeginInvoke()
            Wait-Until 'it rolls' { (Get-KmsKey key-300).Versions -gt 1 }
            $watch = [Diagnostics.Stopwatch]::StartNew()
            $shell.Stop()
            $watch.ElapsedMilliseconds | Should -BeLessThan 1000 -Because 'a shared machine is given ten times the 100 ms that the cmdlet needs'
            $shell.InvocationStateInfo.State | Should -Be Stopped
        }
        finally { $shell.Dispose() }
    }
    It 'ends with a terminating error when a store cannot be opened' {
        { Get-KmsKey -Provider 'sqlite://file@/nonexistent/folder/kms.db' } | Should -Throw -ErrorId 'ProviderUnavailable,KmsPS.Cmdlets.Commands.GetKmsKeyCommand'
    }
    It 'knows no connection that nobody made' {
        { Get-KmsKey -Provider nobody } | Should -Throw -ErrorId 'ProviderNotConnected,KmsPS.Cmdlets.Commands.GetKmsKeyCommand'
    }
}

Describe 'Runspaces' {
    It 'have connections of their own' {
        $shell = [powershell]::Create()
        try {
            $seen = $shell.AddScript("Import-Module '$manifest'; @(Get-KmsProvider).Count").Invoke()
            $seen | Should -Be 0
        }
        finally { $shell.Dispose() }
        (Get-KmsProvider).Name | Should -Be test
    }
    It 'work on one store at the same time, also in thread jobs' {
                $jobs = 1..3 | ForEach-Object {
            Start-ThreadJob -ArgumentList $_, $manifest, "sqlite://file@$folder/kms.db" {
                param($n, $module, $uri)
                Import-Module $module
                1..20 | ForEach-Object { "job-$n-$_" } | New-KmsKey -Provider $uri | Invoke-KmsRollover -Provider $uri | Where-Object Rolled
            }
        }
        @($jobs | Receive-Job -Wait -AutoRemoveJob -ErrorAction Stop).Count | Should -Be 60
        @(Get-KmsKey job-*).Count | Should -Be 60
    }
}

Describe 'Connections' {
    It 'lists the default one first, and falls back when it is closed' {
        Connect-KmsProvider "sqlite://file@$folder/second.db" -Name second | Out-Null
        (Get-KmsProvider)[0].Name | Should -Be second
        Disconnect-KmsProvider
        (Get-KmsProvider | Where-Object IsDefault).Name | Should -Be test
    }
    It 'does not fall back to a store that was opened for a URI alone' {
        Connect-KmsProvider "sqlite://file@$folder/second.db" -Name second | Out-Null
        New-KmsKey passing -Provider "sqlite://file@$folder/passing.db" | Out-Null
        Disconnect-KmsProvider second
        (Get-KmsProvider | Where-Object IsDefault).Name | Should -Be test
        Disconnect-KmsProvider test
        try { (New-KmsKey next).Provider | Should -Be "sqlite://file@$env:XDG_DATA_HOME/kmsps/default/kms.db" }
        finally {
            Disconnect-KmsProvider *
            Connect-KmsProvider "sqlite://file@$folder/kms.db" -Name test | Out-Null
        }
    }
    It 'says so when there is none of the name' { { Disconnect-KmsProvider nobody -ErrorAction Stop } | Should -Throw -ErrorId 'ProviderNotConnected,KmsPS.Cmdlets.Commands.DisconnectKmsProviderCommand' }
    It 'uses the current user''s own store when nothing is connected' {
        Disconnect-KmsProvider *
        try { (New-KmsKey own).Provider | Should -Be "sqlite://file@$env:XDG_DATA_HOME/kmsps/default/kms.db" }
        finally {
            Disconnect-KmsProvider *
            Connect-KmsProvider "sqlite://file@$folder/kms.db" -Name test | Out-Null
        }
    }
    It 'takes user and thumbprint for servers only' {
        { Connect-KmsProvider "sqlite://file@$folder/third.db" -User alice } | Should -Throw -ErrorId 'RequestInvalid,KmsPS.Cmdlets.Commands.ConnectKmsProviderCommand'
    }
    It 'says which server does not answer' {
        { Connect-KmsProvider 'kms://https@127.0.0.1:1/kms' } | Should -Throw -ErrorId 'ProviderUnavailable,KmsPS.Cmdlets.Commands.ConnectKmsProviderCommand'
    }
}
