BeforeDiscovery {
    . "$PSScriptRoot/common.ps1"
    $env:PATH += ':/usr/sbin'
    $missing = @('kdb5_util', 'kadmin.local', 'krb5kdc', 'kinit' | Where-Object { -not (Get-Command $_ -CommandType Application -ErrorAction SilentlyContinue) })
    $noKerberos = $missing.Count -gt 0 -or -not (Test-Path "$((Get-Module KmsPS).ModuleBase)/server/kms-server.dll")
}

# A realm of its own on a free loopback port; without MIT Kerberos (krb5-kdc, krb5-admin-server, krb5-user) there is nothing to try.
Describe 'A server that wants Kerberos tickets' -Skip:$noKerberos {
    BeforeAll {
        . "$PSScriptRoot/common.ps1"
        $folder = New-TestStore
        $listener = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
        $listener.Start()
        $port = $listener.LocalEndpoint.Port
        $listener.Stop()
        Set-Content "$folder/krb5.conf" @"
[libdefaults]
  default_realm = EXAMPLE.COM
  dns_lookup_kdc = false
  dns_canonicalize_hostname = false
  rdns = false
  udp_preference_limit = 1
[realms]
  EXAMPLE.COM = {
    kdc = 127.0.0.1:$port
  }
"@
        Set-Content "$folder/kdc.conf" @"
[kdcdefaults]
  kdc_listen = 127.0.0.1:$port
  kdc_tcp_listen = 127.0.0.1:$port
[realms]
  EXAMPLE.COM = {
    database_name = $folder/principal
    key_stash_file = $folder/stash
    acl_file = $folder/kadm5.acl
  }
[logging]
  kdc = FILE:$folder/kdc.log
"@
        $before = @{}
        $variables = @{
            KRB5_CONFIG = "$folder/krb5.conf"; KRB5_KDC_PROFILE = "$folder/kdc.conf"; KRB5RCACHENAME = "file2:$folder/replays"
            KRB5CCNAME = "FILE:$folder/tickets"; KMSPS_STATE_DIR = "$folder/run"
        }
        foreach ($name in $variables.Keys) {
            $before[$name] = [Environment]::GetEnvironmentVariable($name)
            [Environment]::SetEnvironmentVariable($name, $variables[$name])
        }

        kdb5_util create -s -r EXAMPLE.COM -P master | Out-Null
        foreach ($command in 'addprinc -randkey HTTP/localhost', 'addprinc -randkey alice', "ktadd -k $folder/http.keytab HTTP/localhost", "ktadd -k $folder/alice.keytab alice", 'addprinc -pw correct-horse bob') {
            kadmin.local -q $command | Out-Null
        }

        $kdc = Start-Process krb5kdc -ArgumentList '-n' -PassThru -RedirectStandardOutput "$folder/kdc.out"
        $null = New-Item -ItemType Directory "$folder/conf"
        Set-Content "$folder/conf/kms-site.xml" @"
<configuration>
  <property><name>hadoop.kms.authentication.type</name><value>kerberos</value></property>
  <property><name>hadoop.kms.authentication.kerberos.principal</name><value>HTTP/localhost</value></property>
  <property><name>hadoop.kms.authentication.kerberos.keytab</name><value>$folder/http.keytab</value></property>
</configuration>
"@
        $server = Start-KmsServer kerberos -ConfigPath "$folder/conf" -DataPath "$folder/data" -Listen https://localhost:0
    }
    AfterAll {
        Disconnect-KmsProvider *
        Get-KmsServer | Stop-KmsServer -TimeoutSec 10 -Force
        $kdc | Stop-Process -Force
        foreach ($name in $before.Keys) { [Environment]::SetEnvironmentVariable($name, $before[$name]) }
        Remove-TestStore $folder
    }

    It 'lets nobody in by a name' {
        { Connect-KmsProvider $server.Uri -Thumbprint $server.Thumbprint -User alice } | Should -Throw
    }
    It 'lets nobody in without a ticket, and says what to do' {
        $failure = { Connect-KmsProvider $server.Uri -Thumbprint $server.Thumbprint -UseKerberos } | Should -Throw -PassThru
        $failure.ErrorDetails.RecommendedAction | Should -Match 'kinit'
    }
    It 'lets in whoever has a ticket' {
        kinit -k -t "$folder/alice.keytab" alice
        $LASTEXITCODE | Should -Be 0
        $server | Connect-KmsProvider -Name ticket -UseKerberos | Out-Null
        New-KmsKey zone -Provider ticket | Out-Null
        $plain = New-KmsEncryptedKey zone -Provider ticket | Unprotect-KmsEncryptedKey -AsByteArray
        $plain.Length | Should -Be 16
        kdestroy
        (Get-KmsKey zone -Provider ticket).Name | Should -Be zone
    }
    It 'lets in whoever has a key table' {
        $connection = $server | Connect-KmsProvider -Name table -UseKerberos -Keytab "$folder/alice.keytab"
        $connection.User | Should -Be '(Kerberos)'
        (Get-KmsKey zone -Provider table).Name | Should -Be zone
    }
    It 'forgets the key table where none is named' {
        { $server | Connect-KmsProvider -Name again -UseKerberos } | Should -Throw
    }
    It 'takes no half of a request' {
        { Connect-KmsProvider $server.Uri -Keytab "$folder/alice.keytab" } | Should -Throw -ErrorId 'RequestInvalid,*'
        { Connect-KmsProvider $server.Uri -UseKerberos -User bob } | Should -Throw -ErrorId 'RequestInvalid,*'
        { Connect-KmsProvider $server.Uri -UseKerberos -Keytab "$folder/none" } | Should -Throw -ErrorId 'RequestInvalid,*'
        { Connect-KmsProvider "sqlite://file@$folder/kms.db" -UseKerberos } | Should -Throw -ErrorId 'RequestInvalid,*'
    }
    It 'lets in whoever has a password, which the server never sees' {
        $credential = [pscredential]::new('bob', (ConvertTo-SecureString 'correct-horse' -AsPlainText -Force))
        $connection = $server | Connect-KmsProvider -Name password -Credential $credential -WarningVariable said
        $connection.User, $connection.SignIn | Should -Be bob, kerberos
        $said | Should -BeNullOrEmpty
        (Get-KmsKey zone -Provider password).Name | Should -Be zone
        $null = $server | Connect-KmsProvider -Name password -UseKerberos -Credential ([pscredential]::new('bob@EXAMPLE.COM', $credential.Password))
        (New-KmsDelegationToken -Provider password).Owner | Should -Be bob
        klist 2>&1 | Should -Not -Match 'bob'
    }
    It 'does not let in a wrong password or an unknown name' {
        $wrong = ConvertTo-SecureString 'wrong-horse' -AsPlainText -Force
        foreach ($name in 'bob', 'nobody', 'bob@ELSEWHERE.COM') {
            $failure = { $server | Connect-KmsProvider -Name never -Credential ([pscredential]::new($name, $wrong)) } | Should -Throw -ErrorId 'AuthenticationFailed,KmsPS.Cmdlets.Commands.ConnectKmsProviderCommand' -PassThru
            "$failure $($failure.ErrorDetails.RecommendedAction)" | Should -Match 'password'
            "$failure" | Should -Not -Match 'wrong-horse'
        }
    }
    It 'gives out a token for a ticket, which works without one and for another process' {
        kinit -k -t "$folder/alice.keytab" alice
        $null = $server | Connect-KmsProvider -Name ticket -UseKerberos
        $token = New-KmsDelegationToken -Provider ticket -Renewer alice -Path "$folder/token"
        $token.Owner, $token.Renewer | Should -Be alice, alice
        kdestroy
        $elsewhere = pwsh -NoProfile -NonInteractive -Command "Import-Module '$manifest'; Connect-KmsProvider '$($server.Uri)' -Thumbprint $($server.Thumbprint) -DelegationToken '$folder/token' | Out-Null; (New-KmsEncryptedKey zone | Unprotect-KmsEncryptedKey -AsByteArray).Length"
        $elsewhere | Should -Be 16
        { $token | Update-KmsDelegationToken -Provider ticket -ErrorAction Stop } | Should -Throw -ErrorId 'AuthenticationFailed,*' -Because 'a renewal wants the ticket itself'
        kinit -k -t "$folder/alice.keytab" alice
        ($token | Update-KmsDelegationToken -Provider ticket).Expires | Should -BeGreaterThan (Get-Date)
        $token | Remove-KmsDelegationToken -Provider ticket
        { $server | Connect-KmsProvider -Name cancelled -DelegationToken $token } | Should -Throw -ErrorId 'AuthenticationFailed,*'
    }
}
