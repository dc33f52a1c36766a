BeforeAll {
    . "$PSScriptRoot/common.ps1"
    $folder = New-TestStore
    $words = ConvertTo-SecureString 'correct horse battery staple' -AsPlainText -Force
    New-KmsKey alpha, beta | Out-Null
    Invoke-KmsRollover alpha | Out-Null
    $eek = New-KmsEncryptedKey alpha
    $plain = $eek | Unprotect-KmsEncryptedKey -AsByteArray
}
AfterAll { Remove-TestStore $folder }

Describe 'Update-KmsStoreKey' {
    It 'changes nothing with -WhatIf' {
        $before = Get-FileHash "$folder/kms.db.key"
        Update-KmsStoreKey -WhatIf | Should -BeNullOrEmpty
        (Get-FileHash "$folder/kms.db.key").Hash | Should -Be $before.Hash
    }
    It 'replaces the store key, and everything decrypts' {
        $new = Update-KmsStoreKey
        $new.Finished | Should -BeTrue
        $new.Resealed | Should -BeGreaterOrEqual 5 -Because 'there are two keys with three versions'
        Get-Content "$folder/kms.db.key" -Raw | Should -Match $new.StoreKeyId
        Get-Content "$folder/kms.db.key.retired" -Raw | Should -Match $new.Retired[0]
        Compare-Object ($eek | Unprotect-KmsEncryptedKey -AsByteArray) $plain -SyncWindow 0 | Should -BeNullOrEmpty
    }
    It 'uses a staged key' {
        $staged = Update-KmsStoreKey -Stage
        $staged.Finished | Should -BeFalse
        ($staged | Update-KmsStoreKey).StoreKeyId | Should -Be $staged.StoreKeyId
    }
    It 'refuses a staged key that is not there' { { Update-KmsStoreKey -StoreKeyId ('0' * 32) -ErrorAction Stop } | Should -Throw -ErrorId 'RequestInvalid,KmsPS.Cmdlets.Commands.UpdateKmsStoreKeyCommand' }
}

Describe 'A passphrase for the key file' {
    It 'locks a new store, and only it opens the store' {
        $uri = "sqlite://file@$folder/locked.db"
        Connect-KmsProvider $uri -Name locked -StorePassphrase $words | Out-Null
        New-KmsKey gamma -Provider locked | Out-Null
        Disconnect-KmsProvider locked
        Get-Content "$folder/locked.db.key" -Raw | Should -Match 'kmsps-store-key-pbkdf2-1 '
        { Connect-KmsProvider $uri } | Should -Throw -ErrorId 'ConfigurationInvalid,KmsPS.Cmdlets.Commands.ConnectKmsProviderCommand'
        { Connect-KmsProvider $uri -StorePassphrase (ConvertTo-SecureString wrong -AsPlainText -Force) } | Should -Throw '*does not open store key*'
        Connect-KmsProvider $uri -Name locked -StorePassphrase $words | Out-Null
        (Get-KmsKey gamma -Provider locked).Name | Should -Be gamma
        Disconnect-KmsProvider locked
        Connect-KmsProvider "sqlite://file@$folder/kms.db" -Name test | Out-Null
    }
}

Describe 'Backups' {
    It 'are made, tested and brought back on another host' {
        $backup = Backup-KmsKeyStore "$folder/one.backup" -Passphrase $words
        $backup.Keys, $backup.Versions, $backup.Missing | Should -Be 2, 3, 0
        $test = $backup | Test-KmsBackup -Passphrase $words
        $test.Passed | Should -BeTrue
        $test.Canaries | Should -Be 3
        $test.BackupId | Should -Be $backup.BackupId
        $restored = Restore-KmsKeyStore $backup.Path -Passphrase $words -Provider "sqlite://file@$folder/restored.db"
        $restored.Versions | Should -Be 3
        $restored.Epoch | Should -BeGreaterThan 1
        Compare-Object ($eek | Unprotect-KmsEncryptedKey -AsByteArray -Provider "sqlite://file@$folder/restored.db") $plain -SyncWindow 0 | Should -BeNullOrEmpty
    }
    It 'are for a certificate' {
        $key = [Security.Cryptography.ECDsa]::Create([Security.Cryptography.ECCurve]::CreateFromFriendlyName('nistP256'))
        $request = [Security.Cryptography.X509Certificates.CertificateRequest]::new('CN=recovery', $key, 'SHA256')
        $owner = $request.CreateSelfSigned((Get-Date).AddDays(-1), (Get-Date).AddDays(1))
        Set-Content "$folder/recovery.pem" $owner.ExportCertificatePem()
        Backup-KmsKeyStore "$folder/two.backup" -Certificate "$folder/recovery.pem" | Out-Null
        (Test-KmsBackup "$folder/two.backup" -Certificate $owner).Passed | Should -BeTrue
        { Test-KmsBackup "$folder/two.backup" -Passphrase $words -ErrorAction Stop } | Should -Throw -ErrorId 'AuthenticationFailed,KmsPS.Cmdlets.Commands.TestKmsBackupCommand'
    }
    It 'say which certificate cannot be read' {
        Set-Content "$folder/junk.pem" junk
        foreach ($path in "$folder/junk.pem", "$folder/absent.pem") {
            { Backup-KmsKeyStore "$folder/none.backup" -Certificate "$folder/recovery.pem", $path -ErrorAction Stop } | Should -Throw "The certificate $path cannot be read:*" -ErrorId 'CertificateInvalid,KmsPS.Cmdlets.Commands.BackupKmsKeyStoreCommand'
        }
        "$folder/none.backup" | Should -Not -Exist
    }
    It 'are not made without a lock, nor over a file' {
        { Backup-KmsKeyStore "$folder/three.backup" -ErrorAction Stop } | Should -Throw -ErrorId 'RequestInvalid,KmsPS.Cmdlets.Commands.BackupKmsKeyStoreCommand'
        { Backup-KmsKeyStore "$folder/one.backup" -Passphrase $words -ErrorAction Stop } | Should -Throw '*exists*'
        Backup-KmsKeyStore "$folder/three.backup" -Passphrase $words -WhatIf | Should -BeNullOrEmpty
        "$folder/three.backup" | Should -Not -Exist
    }
    It 'are not closed with a passphrase that is empty' {
        { Backup-KmsKeyStore "$folder/nothing.backup" -Passphrase ([securestring]::new()) -ErrorAction Stop } | Should -Throw -ErrorId 'RequestInvalid,KmsPS.Cmdlets.Commands.BackupKmsKeyStoreCommand'
        "$folder/nothing.backup" | Should -Not -Exist
        { Test-KmsBackup "$folder/nothing.backup" -Passphrase ([securestring]::new()) -ErrorAction Stop } | Should -Throw 'The passphrase is empty'
        { Connect-KmsProvider "sqlite://file@$folder/nothing.db" -StorePassphrase ([securestring]::new()) } | Should -Throw 'The passphrase is empty'
    }
    It 'that are not there are named, and so are folders' {
        { Test-KmsBackup "$folder/absent.backup" -Passphrase $words -ErrorAction Stop } | Should -Throw 'The backup */absent.backup does not exist' -ErrorId 'RequestInvalid,KmsPS.Cmdlets.Commands.TestKmsBackupCommand'
        { Test-KmsBackup $folder -Passphrase $words -ErrorAction Stop } | Should -Throw "The backup * is a folder"
        { Backup-KmsKeyStore "$folder/absent/x.backup" -Passphrase $words -ErrorAction Stop } | Should -Throw '*has no folder to be in'
    }
    It 'that were changed are refused, and nothing is brought back' {
        $bytes = [IO.File]::ReadAllBytes("$folder/one.backup")
        $bytes[$bytes.Length - 40] = $bytes[$bytes.Length - 40] -bxor 1
        [IO.File]::WriteAllBytes("$folder/changed.backup", $bytes)
        { Restore-KmsKeyStore "$folder/changed.backup" -Passphrase $words -Provider "sqlite://file@$folder/empty.db" -ErrorAction Stop } | Should -Throw -ErrorId 'ProviderCorrupt,KmsPS.Cmdlets.Commands.RestoreKmsKeyStoreCommand'
        Get-KmsKey -Provider "sqlite://file@$folder/empty.db" | Should -BeNullOrEmpty
        { Restore-KmsKeyStore "$folder/one.backup" -Passphrase $words -ErrorAction Stop } | Should -Throw '*has keys already*'
    }
}

Describe 'Test-KmsKeyStore' {
    It 'passes a sound store' {
        $check = Test-KmsKeyStore -Deep
        $check.Passed | Should -BeTrue
        $check.Versions | Should -Be 3
        (Test-KmsKeyStore).Deep | Should -BeFalse
    }
}

Describe 'Get-KmsKey over a damaged store' {
    It 'lists every sound key and tells each other one' {
        $uri = "sqlite://file@$folder/holes.db"
        New-KmsKey a, b, c, d -Provider $uri | Out-Null
        Disconnect-KmsProvider $uri
        $database = [Microsoft.Data.Sqlite.SqliteConnection]::new("Data Source=$folder/holes.db;Pooling=False")
        $database.Open()
        $command = $database.CreateCommand()
        $command.CommandText = "UPDATE key_incarnation SET sealed = zeroblob(64) WHERE name IN ('a', 'c')"
        $command.ExecuteNonQuery() | Should -Be 2
        $database.Dispose()
        (Get-KmsKey -Provider $uri -ErrorAction SilentlyContinue -ErrorVariable told).Name | Should -Be b, d
        $told.TargetObject | Should -Be a, c
        $told.FullyQualifiedErrorId | Should -Be (@('ProviderCorrupt,KmsPS.Cmdlets.Commands.GetKmsKeyCommand') * 2)
        "$($told[0])" | Should -Match "$([regex]::Escape("$folder/holes.db")).*'a'"
        $told[0].ErrorDetails.RecommendedAction | Should -Match 'Test-KmsKeyStore -Deep.*Repair-KmsKeyStore'
        (Get-KmsKey [bc] -Provider $uri -ErrorAction SilentlyContinue -ErrorVariable told).Name | Should -Be b
        $told.Count | Should -Be 2
    }
}

Describe 'Repair-KmsKeyStore' {
    It 'does nothing to a sound store' { Repair-KmsKeyStore -ErrorAction Stop | Should -BeNullOrEmpty }
    It 'changes nothing where one of its changes is declined' {
        $uri = "sqlite://file@$folder/damaged.db"
        # A name's count is kept from its first delete on.
        New-KmsKey one, two -Provider $uri | Remove-KmsKey -Force
        New-KmsKey one, two -Provider $uri | Out-Null
        Disconnect-KmsProvider $uri
        $database = [Microsoft.Data.Sqlite.SqliteConnection]::new("Data Source=$folder/damaged.db;Pooling=False")
        $database.Open()
        $command = $database.CreateCommand()
        $command.CommandText = "UPDATE key_name SET next_number = 0"
        $command.ExecuteNonQuery() | Should -Be 2
        $database.Dispose()

        # A shell of its own whose user says Yes to the first question and No to the second.
        Add-Type -TypeDefinition (Get-Content "$PSScriptRoot/AnsweringHost.cs" -Raw) -ErrorAction Stop
        $answers = [KmsPS.Tests.AnsweringHost]::new([int[]](0, 2))
        $runspace = [runspacefactory]::CreateRunspace($answers)
        $runspace.Open()
        $shell = [powershell]::Create($runspace).AddScript("Import-Module '$((Get-Module KmsPS).Path)'; Repair-KmsKeyStore -Confirm -Provider '$uri'")
        $shell.Invoke() | Should -BeNullOrEmpty
        $answers.Asked | Should -Be 2
        (Test-KmsKeyStore -Deep -Provider $uri -ErrorAction SilentlyContinue).Passed | Should -BeFalse
        @(Repair-KmsKeyStore -Provider $uri).Count | Should -Be 2
        $runspace.Dispose()
    }
}

Describe 'Who may' {
    It 'is decided by kmsps.kms.acl.ADMINISTER, and nobody may without it' {
        $conf = "$folder/conf"
        $null = New-Item -ItemType Directory $conf
        Set-Content "$conf/kms-acls.xml" '<configuration><property><name>hadoop.kms.acl.CREATE</name><value>*</value></property></configuration>'
        Connect-KmsProvider "sqlite://file@$folder/kms.db" -Name strict -ConfigPath $conf | Out-Null
        foreach ($work in { Update-KmsStoreKey -ErrorAction Stop }, { Backup-KmsKeyStore "$folder/no.backup" -Passphrase $words -ErrorAction Stop }, { Test-KmsKeyStore -ErrorAction Stop }) {
            $work | Should -Throw '*not allowed to do*'
        }
        Disconnect-KmsProvider strict
        Connect-KmsProvider "sqlite://file@$folder/kms.db" -Name test | Out-Null
    }
}
