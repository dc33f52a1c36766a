BeforeDiscovery {
    . "$PSScriptRoot/common.ps1"
    $noServer = -not (Test-Path "$((Get-Module KmsPS).ModuleBase)/server/kms-server.dll")
}
BeforeAll {
    . "$PSScriptRoot/common.ps1"
    $folder = New-TestStore
    $env:KMSPS_STATE_DIR = "$folder/run"

    # hive may act for alice from this machine, oozie from elsewhere only.
    function New-Configuration([string] $Path) {
        $null = New-Item -ItemType Directory $Path -Force
        $properties = @{
            'hadoop.kms.proxyuser.hive.users' = 'alice'; 'hadoop.kms.proxyuser.hive.hosts' = '127.0.0.1'
            'hadoop.kms.proxyuser.oozie.users' = '*'; 'hadoop.kms.proxyuser.oozie.hosts' = '192.0.2.0/24'
        }
        $lines = foreach ($name in $properties.Keys) { "<property><name>$name</name><value>$($properties[$name])</value></property>" }
        Set-Content "$Path/kms-site.xml" "<configuration>$lines</configuration>"
        $Path
    }

    # What another process can do with a server: its last line is the answer.
    function Invoke-Elsewhere([string] $Script) {
        $out = pwsh -NoProfile -NonInteractive -Command "Import-Module '$manifest'; `$ErrorActionPreference = 'Stop'; try { $Script } catch { `$_.FullyQualifiedErrorId }" 2>&1
        "$(@($out)[-1])"
    }
}
AfterAll {
    Get-KmsServer | Stop-KmsServer -TimeoutSec 10 -Force
    Remove-Item Env:KMSPS_STATE_DIR
    Remove-TestStore $folder
}

Describe 'Delegation tokens' -Skip:$noServer {
    BeforeAll {
        $server = Start-KmsServer tokens -ConfigPath (New-Configuration "$folder/conf") -DataPath "$folder/data" -Listen https://127.0.0.1:0
        $null = $server | Connect-KmsProvider -Name alice -User alice
        $null = New-KmsKey zone -Provider alice
    }
    It 'say whose they are' {
        $token = New-KmsDelegationToken -Renewer yarn
        $token | Should -BeOfType KmsPS.KmsDelegationToken
        $token.Owner, $token.Renewer, $token.RealUser, $token.Kind, $token.Source | Should -Be alice, yarn, '', kms-dt, alice
        ($token.RenewableUntil - $token.Issued).TotalDays | Should -Be 7
        $token.Expires | Should -BeNullOrEmpty
    }
    It 'are a credential for another process, which has no other' {
        $token = New-KmsDelegationToken -Path "$folder/token" -Force
        Invoke-Elsewhere "Connect-KmsProvider '$($server.Uri)' -Thumbprint $($server.Thumbprint) -DelegationToken '$folder/token' | Out-Null; (New-KmsEncryptedKey zone | Unprotect-KmsEncryptedKey -AsByteArray).Length" | Should -Be 16
        $token | Remove-KmsDelegationToken
        Invoke-Elsewhere "Connect-KmsProvider '$($server.Uri)' -Thumbprint $($server.Thumbprint) -DelegationToken '$folder/token'" | Should -Be 'AuthenticationFailed,KmsPS.Cmdlets.Commands.ConnectKmsProviderCommand'
    }
    It 'are taken as object, text, SecureString and file' {
        $token = New-KmsDelegationToken -Path "$folder/forms" -Force
        $text = $token | Get-KmsDelegationToken -AsPlainText
        $secure = $token | Get-KmsDelegationToken -AsSecureString
        $secure | Should -BeOfType SecureString
        foreach ($form in $token, $text, $secure, "$folder/forms", (Get-Item "$folder/forms")) {
            $connection = $server | Connect-KmsProvider -Name byToken -DelegationToken $form
            $connection.User, $connection.SignIn | Should -Be alice, token
            (Get-KmsDelegationToken $form).Number | Should -Be $token.Number
        }
        Disconnect-KmsProvider byToken
    }
    It 'are renewed by their renewer alone' {
        $token = New-KmsDelegationToken -Provider alice
        $renewed = $token | Update-KmsDelegationToken
        ($renewed.Expires - $renewed.Issued).TotalHours | Should -BeGreaterThan 23
        $other = New-KmsDelegationToken -Renewer yarn -Provider alice
        { $other | Update-KmsDelegationToken -ErrorAction Stop } | Should -Throw -ErrorId 'AuthenticationFailed,KmsPS.Cmdlets.Commands.UpdateKmsDelegationTokenCommand' -ExpectedMessage '*non-matching renewer yarn*'
        $null = $server | Connect-KmsProvider -Name yarn -User yarn
        ($other | Update-KmsDelegationToken -Provider yarn).Expires | Should -BeGreaterThan (Get-Date)
    }
    It 'buy no further tokens' {
        $null = $server | Connect-KmsProvider -Name byToken -DelegationToken (New-KmsDelegationToken -Provider alice)
        { New-KmsDelegationToken -Provider byToken } | Should -Throw -ErrorId 'AuthenticationFailed,KmsPS.Cmdlets.Commands.NewKmsDelegationTokenCommand'
        Disconnect-KmsProvider byToken
    }
    It 'are cancelled once' {
        $token = New-KmsDelegationToken -Provider alice
        $token | Remove-KmsDelegationToken
        (Get-KmsDelegationToken).Number | Should -Not -Contain $token.Number
        { $token | Remove-KmsDelegationToken -ErrorAction Stop } | Should -Throw -ErrorId 'AuthenticationFailed,KmsPS.Cmdlets.Commands.RemoveKmsDelegationTokenCommand' -ExpectedMessage '*cannot cancel*'
        { $token | Update-KmsDelegationToken -ErrorAction Stop } | Should -Throw -ErrorId 'AuthenticationFailed,KmsPS.Cmdlets.Commands.UpdateKmsDelegationTokenCommand'
        { $server | Connect-KmsProvider -Name never -DelegationToken $token } | Should -Throw -ErrorId 'AuthenticationFailed,KmsPS.Cmdlets.Commands.ConnectKmsProviderCommand'
    }
    It 'are not touched by -WhatIf' {
        New-KmsDelegationToken -WhatIf | Should -BeNullOrEmpty
        $token = New-KmsDelegationToken -Provider alice
        $token | Remove-KmsDelegationToken -WhatIf
        $token | Update-KmsDelegationToken -WhatIf | Should -BeNullOrEmpty
        $token | Update-KmsDelegationToken | Should -Not -BeNullOrEmpty
    }
    It 'are honoured by a second server on the store, and refused by both when one cancelled them' {
        $second = Start-KmsServer tokens-2 -ConfigPath "$folder/conf" -DataPath "$folder/data" -Listen https://127.0.0.1:0
        $token = New-KmsDelegationToken -Provider alice
        $there = $second | Connect-KmsProvider -Name there -DelegationToken $token
        (Get-KmsKey zone -Provider there).Name | Should -Be zone
        $token | Remove-KmsDelegationToken -Provider there
        { Get-KmsKey zone -Provider there -ErrorAction Stop } | Should -Throw -ErrorId 'AuthenticationFailed,*'
        Wait-Until 'the first server knows of the cancelling' { try { $null = $server | Connect-KmsProvider -Name here -DelegationToken $token } catch { $true } }
        { $server | Connect-KmsProvider -Name here -DelegationToken $token } | Should -Throw -ErrorId 'AuthenticationFailed,*'
        Disconnect-KmsProvider there
        $second | Stop-KmsServer
    }
}

Describe 'A token''s text' -Skip:$noServer {
    BeforeAll {
        $server = Get-KmsServer tokens
        $null = $server | Connect-KmsProvider -Name alice -User alice
        $token = New-KmsDelegationToken -Path "$folder/kept" -Force
        $text = Get-KmsDelegationToken $token -AsPlainText
    }
    It 'shows in no form of the object' {
        $forms = "$token", ($token | Out-String), ($token | Format-List * -Force | Out-String), ($token | ConvertTo-Json), [Management.Automation.PSSerializer]::Serialize($token, 5), ($token | Get-Member | Out-String), ($token | ConvertTo-Csv | Out-String)
        foreach ($form in $forms) { $form | Should -Not -Match $text.Substring(20, 40) }
    }
    It 'shows in no verbose, debug or error line' {
        $said = & {
            $ErrorActionPreference = 'Continue'
            New-KmsDelegationToken -Verbose -Debug
            $text | Update-KmsDelegationToken -Verbose -Debug
            $text | Remove-KmsDelegationToken -Verbose -Debug
            $text | Remove-KmsDelegationToken -Verbose -Debug
            $text.Substring(0, 50) | Get-KmsDelegationToken -Verbose
        } *>&1 | ForEach-Object { $_ | Out-String; if ($_ -is [Management.Automation.ErrorRecord]) { $_ | Format-List * -Force | Out-String } }
        $said -join "`n" | Should -Not -Match $text.Substring(20, 25)
        $said -join "`n" | Should -Match 'cannot cancel'
    }
    It 'lies in files that only the owner reads, and is read from no other' -Skip:$IsWindows {
        (Get-Item "$folder/kept").UnixFileMode | Should -Be ([IO.UnixFileMode] 'UserRead, UserWrite')
        { New-KmsDelegationToken -Path "$folder/kept" } | Should -Throw -ErrorId 'FileExists,KmsPS.Cmdlets.Commands.NewKmsDelegationTokenCommand'
        { New-KmsDelegationToken -Path "$folder/no/where" } | Should -Throw -ErrorId 'FileNotWritten,KmsPS.Cmdlets.Commands.NewKmsDelegationTokenCommand'
        chmod 644 "$folder/kept"
        { Connect-KmsProvider $server.Uri -DelegationToken "$folder/kept" } | Should -Throw -ErrorId 'SecretFileOpen,KmsPS.Cmdlets.Commands.ConnectKmsProviderCommand'
        { Get-KmsDelegationToken "$folder/kept" -ErrorAction Stop } | Should -Throw -ErrorId 'SecretFileOpen,KmsPS.Cmdlets.Commands.GetKmsDelegationTokenCommand'
    }
    It 'is told from nonsense and from descriptions' {
        { Get-KmsDelegationToken nonsense -ErrorAction Stop } | Should -Throw -ErrorId 'TokenInvalid,KmsPS.Cmdlets.Commands.GetKmsDelegationTokenCommand'
        { 42 | Remove-KmsDelegationToken -ErrorAction Stop } | Should -Throw -ErrorId 'TokenInvalid,KmsPS.Cmdlets.Commands.RemoveKmsDelegationTokenCommand'
        $token | Export-Clixml "$folder/described"
        { Import-Clixml "$folder/described" | Update-KmsDelegationToken -ErrorAction Stop } | Should -Throw -ErrorId 'TokenInvalid,KmsPS.Cmdlets.Commands.UpdateKmsDelegationTokenCommand' -ExpectedMessage '*does not travel*'
        { Get-KmsDelegationToken -AsPlainText -AsSecureString } | Should -Throw -ErrorId 'RequestInvalid,*'
    }
}

Describe 'Signing in' -Skip:$noServer {
    BeforeAll { $server = Get-KmsServer tokens }
    It 'by a credential sends the name to a server that takes names, and says that the password was not used' {
        $credential = [pscredential]::new('alice', (ConvertTo-SecureString 'secret-42' -AsPlainText -Force))
        $connection = $server | Connect-KmsProvider -Name byName -Credential $credential -WarningVariable said -WarningAction SilentlyContinue
        $connection.User, $connection.SignIn | Should -Be alice, simple
        $said | Should -Match 'neither sent nor checked'
        $null = $server | Connect-KmsProvider -Name byName -Credential ([pscredential]::new('alice', [securestring]::new())) -WarningVariable none
        $none | Should -BeNullOrEmpty
    }
    It 'for somebody else is allowed to a proxy from its hosts' {
        $connection = $server | Connect-KmsProvider -Name hive -User hive -AsUser alice
        $connection.User, $connection.RealUser | Should -Be alice, hive
        (Get-KmsKey zone -Provider hive).Name | Should -Be zone
        New-KmsKey for-alice -Provider hive | Out-Null
        $token = New-KmsDelegationToken -Provider hive
        $token.Owner, $token.RealUser | Should -Be alice, hive
        $line = Get-Content "$folder/data/logs/audit-tokens.jsonl" | ConvertFrom-Json | Where-Object { $_.key -eq 'for-alice' -and $_.operation -eq 'CREATE_KEY' }
        $line.user, $line.realUser | Should -Be alice, hive
    }
    It 'for somebody else is refused from a forbidden host, for a forbidden user, and without rules' {
        { $server | Connect-KmsProvider -Name no -User oozie -AsUser alice } | Should -Throw -ErrorId 'AccessDenied,*' -ExpectedMessage '*Unauthorized connection for super-user: oozie*'
        { $server | Connect-KmsProvider -Name no -User hive -AsUser bob } | Should -Throw -ErrorId 'AccessDenied,*' -ExpectedMessage '*not allowed to impersonate bob*'
        { $server | Connect-KmsProvider -Name no -User mallory -AsUser alice } | Should -Throw -ErrorId 'AccessDenied,*' -ExpectedMessage '*not allowed to impersonate alice*'
    }
    It 'without a word is by HADOOP_USER_NAME, and the connection says so' {
        $env:HADOOP_USER_NAME = 'alice'
        try { ($server | Connect-KmsProvider -Name hadoop).User | Should -Be alice } finally { Remove-Item Env:HADOOP_USER_NAME }
        (New-KmsDelegationToken -Provider hadoop).Owner | Should -Be alice
    }
    It 'takes one proof at a time' {
        $credential = [pscredential]::new('alice', [securestring]::new())
        $token = 'HQAFYWxpY2UEeWFybgCKAZqo3EgAigGazOjMACoCFAAAAAAAAAAAAAAAAAAAAAAAAAAABmttcy1kdAA'
        { $server | Connect-KmsProvider -User bob -Credential $credential } | Should -Throw -ErrorId 'RequestInvalid,*'
        { $server | Connect-KmsProvider -User bob -DelegationToken $token } | Should -Throw -ErrorId 'RequestInvalid,*'
        { $server | Connect-KmsProvider -UseKerberos -DelegationToken $token } | Should -Throw -ErrorId 'RequestInvalid,*'
        { $server | Connect-KmsProvider -AsUser bob -DelegationToken $token } | Should -Throw -ErrorId 'RequestInvalid,*'
        { $server | Connect-KmsProvider -UseKerberos -Keytab x -Credential $credential } | Should -Throw -ErrorId 'RequestInvalid,*'
        { Connect-KmsProvider "sqlite://file@$folder/kms.db" -AsUser bob } | Should -Throw -ErrorId 'RequestInvalid,*'
    }
    It 'says where no tokens are given out' {
        { New-KmsDelegationToken -Provider test } | Should -Throw -ErrorId 'NotSupported,KmsPS.Cmdlets.Commands.NewKmsDelegationTokenCommand'
    }
}
