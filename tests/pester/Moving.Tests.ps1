BeforeAll {
    . "$PSScriptRoot/common.ps1"
    $folder = New-TestStore
    Push-Location $folder
    $other = "sqlite://file@$folder/other.db"
    'zone-a', 'zone-b', 'Upper' | New-KmsKey -Description 'moved' -Attribute @{ owner = 'ä' } | Out-Null
    Invoke-KmsRollover zone-a | Out-Null
}
AfterAll { Pop-Location; Remove-TestStore $folder }

Describe 'Copy-KmsKey' {
    It 'counts with -WhatIf and changes nothing' {
        $census = Get-KmsKey | Copy-KmsKey -Destination $other -WhatIf
        $census.Action | Should -Be WouldCreate, WouldCreate, WouldCreate
        $census.Copied | Should -Be 0, 0, 0
        Get-ChildItem $folder -Filter other.db* | Should -BeNullOrEmpty
        (Copy-KmsKey zone-a -Destination $other -WhatIf).Action | Should -Be WouldCreate
        Get-KmsKey -Provider $other | Should -BeNullOrEmpty
    }
    It 'copies everything as it is and proves each version' {
        $done = Get-KmsKey zone-* | Copy-KmsKey -Destination $other | Sort-Object Name
        $done.Action | Should -Be Created, Created
        $done.Versions | Should -Be 2, 1
        $done.Verified | Should -Be 2, 1
        foreach ($property in 'Cipher', 'BitLength', 'Description', 'Created', 'CurrentVersion', 'Rolled') { (Get-KmsKey zone-a -Provider $other).$property | Should -Be (Get-KmsKey zone-a).$property }
        (Get-KmsKey zone-a -Provider $other).Attributes['owner'] | Should -Be ä
        (Get-KmsKeyVersion zone-a -Provider $other).Created | Should -Be (Get-KmsKeyVersion zone-a).Created
    }
    It 'decrypts there what was encrypted here' {
        $old = New-KmsEncryptedKey zone-a
        $here = ($old | Unprotect-KmsEncryptedKey -AsByteArray) -join " "
        ($old | Unprotect-KmsEncryptedKey -Provider $other -AsByteArray) -join " " | Should -Be $here
    }
    It 'skips what is equal, adds what was rolled, and leaves what differs' {
        (Copy-KmsKey zone-a, zone-b -Destination $other -ThrottleLimit 1).Action | Should -Be Skipped, Skipped
        Invoke-KmsRollover zone-a | Out-Null
        $again = Copy-KmsKey zone-a -Destination $other
        $again.Action, $again.Copied, $again.Verified | Should -Be Extended, 1, 1
        Invoke-KmsRollover zone-b -Provider $other | Out-Null
        (Copy-KmsKey zone-b -Destination $other -WhatIf).Action | Should -Be Conflict
        $rest = Copy-KmsKey zone-b, Upper -Destination $other -ErrorAction SilentlyContinue -ErrorVariable failed
        $rest.Action | Should -Be Created
        $failed[0].FullyQualifiedErrorId | Should -Be 'KeyAlreadyExists,KmsPS.Cmdlets.Commands.CopyKmsKeyCommand'
        $failed[0].TargetObject | Should -Be zone-b
        "$($failed[0])" | Should -Match 'zone-b@1'
    }
    It 'takes limits along, or refuses the key by name where they have no room, and counts that beforehand' {
        'lim-a', 'lim-b' | New-KmsKey | Out-Null
        Suspend-KmsKey lim-a | Out-Null
        (Copy-KmsKey lim-a -Destination $other).Action | Should -Be Created
        (Get-KmsKey lim-a -Provider $other).State | Should -Be (Get-KmsKey lim-a).State
        $keystore = "jceks://file@$folder/limits.keystore"
        $census = Get-KmsKey lim-* | Copy-KmsKey -Destination $keystore -WhatIf | Sort-Object Name
        $census.Action | Should -Be WouldRefuse, WouldCreate
        $census[0].Reason | Should -Match 'lim-a was not copied: it is disabled'
        $done = Get-KmsKey lim-* | Copy-KmsKey -Destination $keystore -ErrorAction SilentlyContinue -ErrorVariable failed
        $done.Name | Should -Be lim-b
        $failed[0].TargetObject | Should -Be lim-a
        "$($failed[0])" | Should -Match 'Resume-KmsKey|no room'
    }
    It 'copies a key once that is given twice' {
        $twice = Copy-KmsKey zone-a, zone-a -Destination "sqlite://file@$folder/twice.db" -ErrorAction Stop
        @($twice).Count | Should -Be 1
        $twice.Action | Should -Be Created
    }
    It 'says which key is not there' {
        Copy-KmsKey absent -Destination $other -ErrorAction SilentlyContinue -ErrorVariable failed
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'KeyNotFound,*'
    }
    It 'tells how far it is, a few times a second and not for every key' {
        1..200 | ForEach-Object { "many-$_" } | New-KmsKey | Out-Null
        $shell = [powershell]::Create().AddScript("Import-Module '$((Get-Module KmsPS).Path)'; Get-KmsKey many-* -Provider 'sqlite://file@$folder/kms.db' | Copy-KmsKey -Destination $other")
        $shell.Invoke().Count | Should -Be 200
        $shell.Streams.Progress.Count | Should -BeGreaterThan 1
        $shell.Streams.Progress.Count | Should -BeLessThan 60
        $shell.Streams.Progress[-1].RecordType | Should -Be Completed
        $shell.Dispose()
    }
    It 'shows that it is still being given keys, when they come slowly' {
        1..7 | ForEach-Object { "slow-$_" } | New-KmsKey | Out-Null
        $shell = [powershell]::Create().AddScript("Import-Module '$((Get-Module KmsPS).Path)'; Get-KmsKey slow-* -Provider 'sqlite://file@$folder/kms.db' | ForEach-Object { Start-Sleep -Milliseconds 300; `$_ } | Copy-KmsKey -Destination $other")
        $shell.Invoke().Count | Should -Be 7
        $told = @($shell.Streams.Progress | Where-Object Activity -EQ 'Finding keys to copy')
        $told[0].StatusDescription | Should -Match '^\d keys so far'
        $told[-1].RecordType | Should -Be Completed
        $shell.Dispose()
    }
}

Describe 'A Java keystore' {
    It 'is written, read back elsewhere, and counted' {
        $out = Export-KmsKeyStore ./out.keystore zone-* -ErrorAction Stop | Sort-Object Name
        $out.Action | Should -Be Created, Created
        $out.Verified | Should -Be 3, 1
        (Export-KmsKeyStore ./out.keystore zone-*).Action | Should -Be Skipped, Skipped
        $third = "sqlite://file@$folder/third.db"
        (Import-KmsKeyStore ./out.keystore -Provider $third -WhatIf).Action | Should -Be WouldCreate, WouldCreate
        Get-ChildItem $folder -Filter third.db* | Should -BeNullOrEmpty
        (Import-KmsKeyStore ./out.keystore zone-a -Provider $third).Action | Should -Be Created
        (Get-KmsKeyVersion zone-a -Provider $third).Created | Should -Be (Get-KmsKeyVersion zone-a).Created
        (Import-KmsKeyStore ./out.keystore -Provider $third | Sort-Object Name).Action | Should -Be Skipped, Created
    }
    It 'names a key that it cannot hold and takes the others' {
        $census = Export-KmsKeyStore ./some.keystore Upper, zone-b -WhatIf | Sort-Object Name
        $census.Action | Should -Be WouldRefuse, WouldCreate
        $census[0].Reason | Should -Be 'Uppercase key names are unsupported: Upper'
        $rest = Export-KmsKeyStore ./some.keystore Upper, zone-b -ErrorAction SilentlyContinue -ErrorVariable failed
        $rest.Name | Should -Be zone-b
        "$($failed[0])" | Should -Match 'Uppercase key names are unsupported: Upper'
    }
    It 'says which key it does not have, and takes the others' {
        (Import-KmsKeyStore ./out.keystore zone-x, zone-b, x-* -Provider "sqlite://file@$folder/fourth.db" -ErrorAction SilentlyContinue -ErrorVariable failed).Name | Should -Be zone-b
        $failed.Count | Should -Be 1
        $failed[0].FullyQualifiedErrorId | Should -Be 'KeyNotFound,KmsPS.Cmdlets.Commands.ImportKmsKeyStoreCommand'
        $failed[0].TargetObject | Should -Be zone-x
        { Export-KmsKeyStore ./none.keystore absent -ErrorAction Stop } | Should -Throw -ErrorId 'KeyNotFound,KmsPS.Cmdlets.Commands.ExportKmsKeyStoreCommand'
        './none.keystore' | Should -Not -Exist
    }
    It 'has a password' {
        'a long password' | Set-Content ./keystore.password
        (Export-KmsKeyStore ./safe.keystore zone-b -PasswordFile ./keystore.password).Action | Should -Be Created
        { Import-KmsKeyStore ./safe.keystore -WhatIf } | Should -Throw -ErrorId 'ProviderCorrupt,KmsPS.Cmdlets.Commands.ImportKmsKeyStoreCommand'
        (Import-KmsKeyStore ./safe.keystore -PasswordFile ./keystore.password -WhatIf).Action | Should -Be WouldSkip
    }
    It 'without a key of Hadoop is told, and what is in it instead' {
        $made = "$PSScriptRoot/../vectors/recorded/jceks/foreign/keytool-10000/kms.keystore"
        $env:HADOOP_KEYSTORE_PASSWORD = 'secret1'
        try {
            Import-KmsKeyStore $made -WarningVariable told -WarningAction SilentlyContinue | Should -BeNullOrEmpty
            $told | Should -Match 'holds no key that Hadoop would list'
            (Test-KmsKeyStore -Provider "jceks://file@$made" -ErrorVariable strays -ErrorAction SilentlyContinue).Passed | Should -BeFalse
            $strays | Should -Match 'The entry testkey@0 is no key that can be listed or copied'
        } finally { Remove-Item Env:HADOOP_KEYSTORE_PASSWORD }
    }
    It 'that is not there is an error' { { Import-KmsKeyStore ./absent.keystore } | Should -Throw -ErrorId 'PathNotFound,KmsPS.Cmdlets.Commands.ImportKmsKeyStoreCommand' }
}
