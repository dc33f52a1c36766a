BeforeDiscovery {
    . "$PSScriptRoot/common.ps1"
    $noServer = -not (Test-Path "$((Get-Module KmsPS).ModuleBase)/server/kms-server.dll")
    $noOpenSsl = -not (Get-Command openssl -CommandType Application -ErrorAction SilentlyContinue)
    $noKeytool = -not (Get-Command keytool -CommandType Application -ErrorAction SilentlyContinue)
}
BeforeAll {
    . "$PSScriptRoot/common.ps1"
    $folder = New-TestStore
    $env:KMSPS_STATE_DIR = "$folder/run"
    $secret = ConvertTo-SecureString 'p12-secret' -AsPlainText -Force

    # A server with the given properties in ssl-server.xml.
    function Start-TlsServer([string] $Name, [hashtable] $Properties) {
        $null = New-Item -ItemType Directory "$folder/$Name" -Force
        $lines = foreach ($key in $Properties.Keys) { "<property><name>$key</name><value>$($Properties[$key])</value></property>" }
        Set-Content "$folder/$Name/ssl-server.xml" "<configuration>$lines</configuration>"
        Start-KmsServer $Name -ConfigPath "$folder/$Name" -DataPath "$folder/$Name-data" -Listen https://localhost:0
    }

    # openssl as a server that is worse than ours can be made; its line of readiness names the port.
    function Start-OpenSsl([string[]] $Arguments) {
        $process = Start-Process openssl -ArgumentList (@('s_server', '-accept', '127.0.0.1:0', '-www') + $Arguments) -RedirectStandardOutput "$folder/openssl.out" -RedirectStandardError "$folder/openssl.err" -PassThru
        Wait-Until 'openssl listens' { if ($process.HasExited) { throw "openssl ended: $(Get-Content "$folder/openssl.err" -Raw)" }; (Get-Content "$folder/openssl.out" -Raw) -match 'ACCEPT' }
        $null = (Get-Content "$folder/openssl.out" -Raw) -match 'ACCEPT \S+:(\d+)'
        @{ Process = $process; Uri = "localhost:$($Matches[1])" }
    }

    # A certificate that the cmdlet would not make.
    function New-BadCertificate([string] $Path, [int] $Bits = 2048, [switch] $Sha1, [datetimeoffset] $From = [datetimeoffset]::Now.AddDays(-10), [datetimeoffset] $To = [datetimeoffset]::Now.AddDays(100)) {
        if ($Sha1) {
            openssl req -x509 -sha1 -newkey rsa:2048 -nodes -subj /CN=localhost -addext subjectAltName=DNS:localhost -days 100 -keyout $Path -out "$Path.crt" 2>&1 | Out-Null
            Get-Content "$Path.crt" | Add-Content $Path
            return $Path
        }
        $key = [Security.Cryptography.RSA]::Create($Bits)
        $request = [Security.Cryptography.X509Certificates.CertificateRequest]::new('CN=localhost', $key, [Security.Cryptography.HashAlgorithmName]::SHA256, [Security.Cryptography.RSASignaturePadding]::Pkcs1)
        $names = [Security.Cryptography.X509Certificates.SubjectAlternativeNameBuilder]::new()
        $names.AddDnsName('localhost')
        $request.CertificateExtensions.Add($names.Build($false))
        Set-Content $Path "$($request.CreateSelfSigned($From, $To).ExportCertificatePem())`n$($key.ExportPkcs8PrivateKeyPem())"
        $Path
    }
}
AfterAll {
    Get-KmsServer | Stop-KmsServer -TimeoutSec 10 -Force
    Remove-Item Env:KMSPS_STATE_DIR
    Remove-TestStore $folder
}

Describe 'A certificate that was made' {
    It 'lies with its key in one file that only its owner reads' {
        $made = New-KmsCertificate "$folder/kms.pem" kms.example.com, '*.example.com', 10.0.0.7, ::1 -Days 90
        $made | Should -BeOfType KmsPS.KmsCertificate
        $made.Names | Should -Be kms.example.com, '*.example.com', 10.0.0.7, ::1
        $made.Subject, $made.KeyAlgorithm, $made.IsRequest | Should -Be CN=kms.example.com, EcP256, $false
        ($made.NotAfter - (Get-Date)).TotalDays | Should -BeGreaterThan 89
        $read = [Security.Cryptography.X509Certificates.X509Certificate2]::CreateFromPemFile($made.Path)
        $read.GetCertHashString('SHA256') | Should -Be $made.Thumbprint
        $read.HasPrivateKey | Should -BeTrue
        if (-not $IsWindows) { (Get-Item $made.Path).UnixFileMode | Should -Be ([IO.UnixFileMode] 'UserRead, UserWrite') }
    }
    It 'is not made over another, and not by -WhatIf' {
        $before = Get-Content "$folder/kms.pem" -Raw
        { New-KmsCertificate "$folder/kms.pem" other.example.com } | Should -Throw -ErrorId 'FileExists,KmsPS.Cmdlets.Commands.NewKmsCertificateCommand'
        New-KmsCertificate "$folder/kms.pem" other.example.com -Force -WhatIf | Should -BeNullOrEmpty
        Get-Content "$folder/kms.pem" -Raw | Should -Be $before
        (New-KmsCertificate "$folder/kms.pem" other.example.com -Force).Subject | Should -Be CN=other.example.com
        @(Get-ChildItem $folder | Where-Object Name -Like 'kms.pem*').Count | Should -Be 1
    }
    It 'has the kind of key and the uses that were asked for' -ForEach @(
        @{ Kind = 'EcP384'; Name = 'ECC' }, @{ Kind = 'Rsa2048'; Name = 'RSA' }, @{ Kind = 'Rsa3072'; Name = 'RSA' }
    ) {
        $made = New-KmsCertificate "$folder/$Kind.pem" localhost -KeyAlgorithm $Kind -Use Client -UriName spiffe://example.com/hive
        $read = [Security.Cryptography.X509Certificates.X509Certificate2]::CreateFromPemFile($made.Path)
        $read.PublicKey.Oid.FriendlyName | Should -Be $Name
        $read.Extensions.Where{ $_.Oid.Value -eq '2.5.29.37' }.EnhancedKeyUsages.Value | Should -Be 1.3.6.1.5.5.7.3.2
        $made.Names | Should -Be localhost, spiffe://example.com/hive
    }
    It 'is PKCS#12 where the name says so, and Java reads it' -Skip:$noKeytool {
        { New-KmsCertificate "$folder/kms.p12" localhost } | Should -Throw -ErrorId 'RequestInvalid,KmsPS.Cmdlets.Commands.NewKmsCertificateCommand'
        $made = New-KmsCertificate "$folder/kms.p12" localhost -Password $secret
        $listed = keytool -list -v -keystore $made.Path -storepass p12-secret 2>&1 | Out-String
        $listed | Should -Match 'PrivateKeyEntry'
        $listed.Replace(':', '') | Should -Match $made.Thumbprint
    }
    It 'is asked for with a request, whose key stays' -Skip:$noOpenSsl {
        $made = New-KmsCertificate "$folder/ask.csr" kms.example.com, 10.0.0.7 -Request -Subject 'CN=kms.example.com, O=Example' -KeyAlgorithm Rsa2048
        $made.IsRequest, $made.KeyPath, $made.Thumbprint | Should -Be $true, "$folder/ask.key", $null
        $text = openssl req -in $made.Path -verify -noout -text 2>&1 | Out-String
        $text | Should -Match 'verify OK'
        $text | Should -Match 'DNS:kms.example.com, IP Address:10.0.0.7'
        (openssl req -in $made.Path -noout -pubkey) -join '' | Should -Be ((openssl pkey -in $made.KeyPath -pubout) -join '')
        { New-KmsCertificate "$folder/again.csr" a.example.com -Request -KeyPath "$folder/ask.key" } | Should -Throw -ErrorId 'FileExists,*'
        { New-KmsCertificate "$folder/one" a.example.com -Request -KeyPath "$folder/one" } | Should -Throw -ErrorId 'RequestInvalid,*'
    }
    It 'says what is no name, no subject and no place' {
        { New-KmsCertificate "$folder/bad.pem" 'not a name' } | Should -Throw -ErrorId 'RequestInvalid,*' -ExpectedMessage '*no host name*'
        { New-KmsCertificate "$folder/bad.pem" localhost -Subject 'nonsense' } | Should -Throw -ErrorId 'RequestInvalid,*' -ExpectedMessage '*no subject*'
        { New-KmsCertificate "$folder/no/where.pem" localhost } | Should -Throw -ErrorId 'FileNotWritten,*'
        "$folder/bad.pem" | Should -Not -Exist
    }
}

Describe 'An endpoint of ours' -Skip:$noServer {
    BeforeAll {
        $made = New-KmsCertificate "$folder/served.pem" localhost -Days 100
        $server = Start-TlsServer served @{ 'ssl.server.keystore.location' = $made.Path; 'ssl.server.truststore.reload.interval' = 500 }
        $uri = $server.Uri
    }
    It 'is good by its pinned certificate, and by its authority' {
        $server | Test-KmsTls | Should -BeTrue
        Test-KmsTls $uri -TrustPath $made.Path | Should -BeTrue
        Test-KmsTls "kms://https@$(([uri] $uri).Authority)/kms" -TrustPath $made.Path | Should -BeTrue
        $seen = Test-KmsTls ([uri] $uri).Authority -Thumbprint $made.Thumbprint -Detailed
        $seen.Passed, $seen.Protocol, $seen.Thumbprint, $seen.AsksForCertificate | Should -Be $true, Tls13, $made.Thumbprint, $false
        $seen.DaysLeft | Should -Be 99
        $seen.Chain.Count, $seen.Chain[0].Key, $seen.Names | Should -Be 1, 'EC 256', localhost
        $seen.Weak | Should -BeNullOrEmpty
    }
    It 'is connected to by its authority: PEM, PKCS#12, or what the client''s files name' {
        $other = New-KmsCertificate "$folder/other-authority.pem" localhost
        Connect-KmsProvider $uri -Name byFile -TrustPath $made.Path | Out-Null
        (New-KmsKey trusted -Provider byFile).Name | Should -Be trusted
        $sealed = [Security.Cryptography.X509Certificates.X509Certificate2Collection]::new([Security.Cryptography.X509Certificates.X509Certificate2]::CreateFromPemFile($made.Path))
        [IO.File]::WriteAllBytes("$folder/trust.p12", $sealed.Export('Pkcs12', 'p12-secret'))
        (Connect-KmsProvider $uri -Name byStore -TrustPath "$folder/trust.p12" -TrustPassword $secret).SignIn | Should -Be simple
        $null = New-Item -ItemType Directory "$folder/client" -Force
        Set-Content "$folder/client/core-site.xml" "<configuration><property><name>kmsps.client.trust</name><value>$($made.Path)</value></property></configuration>"
        (Connect-KmsProvider $uri -Name byConfig -ConfigPath "$folder/client").SignIn | Should -Be simple
        { Connect-KmsProvider $uri -Name no } | Should -Throw -ErrorId 'ProviderUnavailable,*' -ExpectedMessage '*not believed*'
        $Error[0].ErrorDetails.RecommendedAction | Should -Match 'TrustPath'
        { Connect-KmsProvider $uri -Name no -TrustPath $other.Path } | Should -Throw -ErrorId 'ProviderUnavailable,*' -ExpectedMessage '*not believed*'
        { Connect-KmsProvider $uri.Replace('localhost', '127.0.0.1') -Name no -TrustPath $made.Path } | Should -Throw -ExpectedMessage '*another host name*'
        Disconnect-KmsProvider by*
    }
    It 'is not connected to by a trust store that cannot be used' {
        Set-Content "$folder/empty.pem" "-----BEGIN PRIVATE KEY-----`nAAAA`n-----END PRIVATE KEY-----"
        { Connect-KmsProvider $uri -TrustPath "$folder/none" } | Should -Throw -ErrorId 'ConfigurationInvalid,KmsPS.Cmdlets.Commands.ConnectKmsProviderCommand'
        { Connect-KmsProvider $uri -TrustPath "$folder/empty.pem" } | Should -Throw -ErrorId 'ConfigurationInvalid,*' -ExpectedMessage '*no certificate*'
        { Connect-KmsProvider $uri -TrustPath "$folder/trust.p12" } | Should -Throw -ErrorId 'ConfigurationInvalid,*'
        { Connect-KmsProvider "sqlite://file@$folder/kms.db" -TrustPath $made.Path } | Should -Throw -ErrorId 'RequestInvalid,*'
    }
    It 'is told from a wrong one: <Problem>' -ForEach @(
        @{ Problem = 'Untrusted'; Arguments = @{} }
        @{ Problem = 'ExpiresSoon'; Arguments = @{ ExpiresInDays = 101; Pin = $true } }
        @{ Problem = 'NotPinned'; Arguments = @{ Thumbprint = '00' * 32 } }
        @{ Problem = 'NameMismatch'; Arguments = @{ Host = '127.0.0.1' } }
    ) {
        $given = @{ Uri = $Arguments.Host ? "$($Arguments.Host):$(([uri] $uri).Port)" : $uri }
        if ($Arguments.Pin) { $given.Thumbprint = $made.Thumbprint }
        if ($Arguments.Host) { $given.TrustPath = $made.Path }
        foreach ($name in 'ExpiresInDays', 'Thumbprint') { if ($Arguments.ContainsKey($name)) { $given[$name] = $Arguments[$name] } }
        Test-KmsTls @given | Should -BeFalse
        $seen = Test-KmsTls @given -Detailed
        $seen.Problems.Id | Should -Be $Problem
        $seen.Problems[0].Remedy | Should -Not -BeNullOrEmpty
        "$seen" | Should -Be "$($seen.Endpoint): $Problem"
    }
    It 'takes up a new certificate while it serves' {
        $next = New-KmsCertificate $made.Path localhost -Days 200 -Force
        Wait-Until 'the new certificate is served' { Test-KmsTls $uri -Thumbprint $next.Thumbprint }
        Test-KmsTls $uri -Thumbprint $next.Thumbprint | Should -BeTrue
        Test-KmsTls $uri -Thumbprint $made.Thumbprint | Should -BeFalse
    }
    It 'that is not there is false, and an error' {
        Test-KmsTls https://127.0.0.1:1 -ErrorAction SilentlyContinue | Should -BeFalse
        { Test-KmsTls https://127.0.0.1:1 -ErrorAction Stop } | Should -Throw -ErrorId 'ProviderUnavailable,KmsPS.Cmdlets.Commands.TestKmsTlsCommand'
        { Test-KmsTls http://localhost:9600 -ErrorAction Stop } | Should -Throw -ErrorId 'RequestInvalid,*'
        { Test-KmsTls $uri -TrustPath "$folder/none" -ErrorAction Stop } | Should -Throw -ErrorId 'ConfigurationInvalid,*'
        Test-KmsTls https://127.0.0.1:1 -Detailed -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
    }
}

Describe 'A server that wants client certificates' -Skip:$noServer {
    BeforeAll {
        $own = New-KmsCertificate "$folder/own.pem" localhost
        $client = New-KmsCertificate "$folder/client.pem" alice -Use Client
        $sealed = New-KmsCertificate "$folder/client.p12" bob -Use Client -Password $secret
        $stranger = New-KmsCertificate "$folder/stranger.pem" alice -Use Client
        $known = [Security.Cryptography.X509Certificates.X509CertificateLoader]::LoadPkcs12FromFile($sealed.Path, 'p12-secret')
        Set-Content "$folder/trusted.pem" "$([Security.Cryptography.X509Certificates.X509Certificate2]::CreateFromPemFile($client.Path).ExportCertificatePem())`n$($known.ExportCertificatePem())"
        $server = Start-TlsServer mutual @{ 'ssl.server.keystore.location' = $own.Path; 'ssl.server.need.client.auth' = 'true'; 'ssl.server.truststore.location' = "$folder/trusted.pem" }
    }
    It 'lets in whoever shows one: by file, PKCS#12 and object' {
        ($server | Connect-KmsProvider -Name shown -User alice -Certificate $client.Path).SignIn | Should -Be simple
        $null = New-KmsKey mutual -Provider shown
        $null = $server | Connect-KmsProvider -Name shown -User bob -Certificate $sealed.Path -CertificatePassword $secret
        $null = $server | Connect-KmsProvider -Name shown -User bob -Certificate $known
        (Get-KmsKey mutual -Provider shown).Name | Should -Be mutual
    }
    It 'lets in nobody without one, nor with a stranger''s' {
        { $server | Connect-KmsProvider -Name no -User alice } | Should -Throw -ErrorId 'ProviderUnavailable,KmsPS.Cmdlets.Commands.ConnectKmsProviderCommand'
        { $server | Connect-KmsProvider -Name no -User alice -Certificate $stranger.Path } | Should -Throw -ErrorId 'ProviderUnavailable,*'
    }
    It 'is seen to ask' {
        ($server | Test-KmsTls -Detailed).AsksForCertificate | Should -BeTrue
        ($server | Test-KmsTls -Detailed -Certificate $client.Path).Passed | Should -BeTrue
    }
    It 'gets no certificate without a key, of a wrong password or from a file that is none' {
        $bare = [Security.Cryptography.X509Certificates.X509Certificate2]::CreateFromPem((Get-Content "$folder/trusted.pem" -Raw))
        { $server | Connect-KmsProvider -Name no -Certificate $bare } | Should -Throw -ErrorId 'CertificateInvalid,KmsPS.Cmdlets.Commands.ConnectKmsProviderCommand'
        { $server | Connect-KmsProvider -Name no -Certificate 42 } | Should -Throw -ErrorId 'CertificateInvalid,*'
        { $server | Connect-KmsProvider -Name no -Certificate $sealed.Path } | Should -Throw -ErrorId 'ConfigurationInvalid,*'
        { $server | Connect-KmsProvider -Name no -Certificate "$folder/none" } | Should -Throw -ErrorId 'ConfigurationInvalid,*'
    }
    It 'is warned for of a key that is open to others' -Skip:$IsWindows {
        chmod 640 $client.Path
        $null = $server | Connect-KmsProvider -Name shown -User alice -Certificate $client.Path -WarningVariable said -WarningAction SilentlyContinue
        $said | Should -Match 'open to others'
    }
}

Describe 'A server that takes certificates for users' -Skip:$noServer {
    BeforeAll {
        $own = New-KmsCertificate "$folder/mapping.pem" localhost
        $job = New-KmsCertificate "$folder/job.pem" -UriName spiffe://example.org/ns/prod/sa/etl -Use Client
        $other = New-KmsCertificate "$folder/other.pem" -UriName spiffe://elsewhere.org/sa/etl -Use Client
        Set-Content "$folder/both.pem" "$((Get-Content $job.Path -Raw) + (Get-Content $other.Path -Raw) -replace '(?s)-----BEGIN PRIVATE KEY-----.*?-----END PRIVATE KEY-----')"
        $null = New-Item -ItemType Directory "$folder/mapped" -Force
        Set-Content "$folder/mapped/kms-site.xml" @"
<configuration>
  <property><name>kmsps.tls.client.auth</name><value>optional</value></property>
  <property><name>kmsps.tls.client.truststore</name><value>$folder/both.pem</value></property>
  <property><name>kmsps.tls.client.rules</name><value>spiffe spiffe://example\.org/ns/prod/sa/([a-z-]+) => job-`$1</value></property>
  <property><name>hadoop.kms.proxyuser.job-etl.users</name><value>alice</value></property>
  <property><name>hadoop.kms.proxyuser.job-etl.hosts</name><value>127.0.0.1,::1</value></property>
</configuration>
"@
        $server = Start-TlsServer mapped @{ 'ssl.server.keystore.location' = $own.Path }
    }
    It 'knows the user by the certificate alone' {
        $connection = $server | Connect-KmsProvider -Name job -Certificate $job.Path
        $connection.SignIn | Should -Be certificate
        (New-KmsDelegationToken -Provider job).Owner | Should -Be job-etl
        New-KmsKey by-certificate -Provider job | Out-Null
        $line = Get-Content "$folder/mapped-data/logs/audit-mapped.jsonl" | ConvertFrom-Json | Where-Object { $_.key -eq 'by-certificate' -and $_.operation -eq 'CREATE_KEY' }
        $line.user, $line.authentication | Should -Be job-etl, Certificate
    }
    It 'lets it act for whom the rules say' {
        ($server | Connect-KmsProvider -Name job -Certificate $job.Path -AsUser alice).User | Should -Be alice
        (New-KmsDelegationToken -Provider job).RealUser | Should -Be job-etl
        { $server | Connect-KmsProvider -Name no -Certificate $job.Path -AsUser bob } | Should -Throw -ErrorId 'AccessDenied,KmsPS.Cmdlets.Commands.ConnectKmsProviderCommand'
    }
    It 'does not know the user by a certificate that no rule is for' {
        { $server | Connect-KmsProvider -Name no -Certificate $other.Path } | Should -Throw -ErrorId 'AuthenticationFailed,KmsPS.Cmdlets.Commands.ConnectKmsProviderCommand'
    }
}

Describe 'A keystore of keytool' -Skip:($noServer -or $noKeytool) {
    It 'is served as Hadoop''s variables name it, and replaced while the server runs' {
        $make = { param($path, $alias) keytool -genkeypair -storetype jks -keystore $path -storepass secret1 -keypass secret1 -alias $alias -keyalg RSA -keysize 2048 -dname CN=localhost -ext san=dns:localhost -validity 90 2>&1 | Out-Null }
        & $make "$folder/kms.jks" one
        $env:KMS_SSL_KEYSTORE_FILE, $env:KMS_SSL_KEYSTORE_PASS = "$folder/kms.jks", 'secret1'
        try { $server = Start-TlsServer jks @{ 'ssl.server.truststore.reload.interval' = 500 } }
        finally { Remove-Item Env:KMS_SSL_KEYSTORE_FILE, Env:KMS_SSL_KEYSTORE_PASS }
        $first = $server | Test-KmsTls -Detailed
        $first.Passed, $first.Subject, $first.Chain[0].Key | Should -Be $true, CN=localhost, 'RSA 2048'
        & $make "$folder/next.jks" two
        Move-Item "$folder/next.jks" "$folder/kms.jks" -Force
        Wait-Until 'the second keystore is served' { (Test-KmsTls $server.Uri -Detailed).Thumbprint -ne $first.Thumbprint }
    }
}

Describe 'An endpoint that is worse than ours can be' -Skip:$noOpenSsl {
    It 'is seen through: <Problem>' -ForEach @(
        @{ Problem = 'Expired'; Make = @{ To = [datetimeoffset]::Now.AddDays(-1) }; Serve = @() }
        @{ Problem = 'NotYetValid'; Make = @{ From = [datetimeoffset]::Now.AddDays(2) }; Serve = @() }
        @{ Problem = 'WeakKey'; Make = @{ Bits = 1024 }; Serve = '-cipher', 'ECDHE-RSA-AES128-GCM-SHA256@SECLEVEL=0' }
        @{ Problem = 'WeakSignature'; Make = @{ Sha1 = $true }; Serve = '-cipher', 'ECDHE-RSA-AES128-GCM-SHA256@SECLEVEL=0' }
        @{ Problem = 'WeakProtocol'; Make = @{}; Serve = '-cipher', 'ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-SHA@SECLEVEL=0', '-min_protocol', 'TLSv1.1'; Weak = 'TLS 1.1 with TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA' }
        @{ Problem = 'WeakCipher'; Make = @{}; Serve = '-cipher', 'ECDHE-RSA-AES128-GCM-SHA256:AES128-SHA'; Weak = 'TLS 1.2 with TLS_RSA_WITH_AES_128_CBC_SHA' }
    ) {
        $pem = New-BadCertificate "$folder/$Problem.pem" @Make
        $bad = Start-OpenSsl (@('-cert', $pem, '-key', $pem) + $Serve)
        try { $seen = Test-KmsTls $bad.Uri -TrustPath $pem -Detailed } finally { $bad.Process | Stop-Process -Force }
        $seen.Problems.Id | Should -Contain $Problem
        $seen.Passed | Should -BeFalse
        if ($Weak) { $seen.Weak | Should -Contain $Weak }
    }
}
