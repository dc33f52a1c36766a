BeforeAll {
    . "$PSScriptRoot/common.ps1"
    $folder = New-TestStore
}
AfterAll { Remove-TestStore $folder }

Describe 'New-KmsKey' {
    It 'gives what Get-KmsKey gives' {
        $made = New-KmsKey made -BitLength 256 -Description 'text' -Attribute @{ 'key.acl.name' = 'shared' }
        $read = Get-KmsKey made
        foreach ($property in $read.psobject.Properties.Name | Where-Object { $_ -ne 'Attributes' }) { $made.$property | Should -Be $read.$property }
        $made.Attributes['key.acl.name'] | Should -Be shared
    }
    It 'refuses a name that is taken' { { New-KmsKey made -ErrorAction Stop } | Should -Throw -ErrorId 'KeyAlreadyExists,KmsPS.Cmdlets.Commands.NewKmsKeyCommand' }
    It 'goes on after an error' { @('fresh-1', 'made', 'fresh-2' | New-KmsKey -ErrorAction SilentlyContinue -ErrorVariable failed).Name | Should -Be fresh-1, fresh-2; $failed.Count | Should -Be 1 }
    It 'names category, target and remedy' {
        New-KmsKey made -ErrorAction SilentlyContinue -ErrorVariable failed
        $failed[0].CategoryInfo.Category | Should -Be ResourceExists
        $failed[0].TargetObject | Should -Be made
        $failed[0].ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
    }
    It 'refuses a length that the cipher does not have' { { New-KmsKey bad -BitLength 100 -ErrorAction Stop } | Should -Throw }
    It 'refuses a NUL in a name' { { New-KmsKey "a`0b" -ErrorAction Stop } | Should -Throw -ErrorId 'KeyNameInvalid,KmsPS.Cmdlets.Commands.NewKmsKeyCommand' }
    It 'takes material as bytes and as a SecureString, never as text' {
        (New-KmsKey given-1 -Material ([byte[]](1..16))).BitLength | Should -Be 128
        $secure = ConvertTo-SecureString ([Convert]::ToBase64String([byte[]](1..32))) -AsPlainText -Force
        (New-KmsKey given-2 -Material $secure).BitLength | Should -Be 256
        { New-KmsKey given-3 -Material 'plain' } | Should -Throw -ErrorId 'ParameterArgumentTransformationError,KmsPS.Cmdlets.Commands.NewKmsKeyCommand'
    }
}

Describe 'Nothing is written with -WhatIf' {
    It '<Name>' -ForEach @(
        @{ Name = 'New-KmsKey'; Run = { New-KmsKey whatif -WhatIf } }
        @{ Name = 'Invoke-KmsRollover'; Run = { Get-KmsKey | Invoke-KmsRollover -WhatIf } }
        @{ Name = 'Remove-KmsKey'; Run = { Get-KmsKey | Remove-KmsKey -WhatIf } }
        @{ Name = 'Remove-KmsKey -Force'; Run = { Get-KmsKey | Remove-KmsKey -Force -WhatIf } }
    ) {
        $before = Get-KmsKey | ConvertTo-Json -Depth 3
        & $Run | Should -BeNullOrEmpty
        Get-KmsKey | ConvertTo-Json -Depth 3 | Should -Be $before
    }
    It 'makes no store either: <Name>' -ForEach @(
        @{ Name = 'New-KmsKey'; Run = { param($uri) New-KmsKey whatif -Provider $uri -WhatIf } }
        @{ Name = 'New-KmsKey and $WhatIfPreference'; Run = { param($uri) $WhatIfPreference = $true; New-KmsKey whatif -Provider $uri } }
        @{ Name = 'Invoke-KmsRollover'; Run = { param($uri) Invoke-KmsRollover whatif -Provider $uri -WhatIf } }
        @{ Name = 'Remove-KmsKey -Force'; Run = { param($uri) Remove-KmsKey whatif -Provider $uri -Force -WhatIf } }
        @{ Name = 'Clear-KmsKey'; Run = { param($uri) Clear-KmsKey whatif -Provider $uri -WhatIf } }
        @{ Name = 'Suspend-KmsKey'; Run = { param($uri) Suspend-KmsKey whatif -Provider $uri -WhatIf } }
        @{ Name = 'Restore-KmsKey'; Run = { param($uri) Restore-KmsKey whatif -Provider $uri -WhatIf } }
        @{ Name = 'Update-KmsStoreKey'; Run = { param($uri) Update-KmsStoreKey -Provider $uri -WhatIf } }
        @{ Name = 'Repair-KmsKeyStore'; Run = { param($uri) Repair-KmsKeyStore -Provider $uri -WhatIf -ErrorAction SilentlyContinue } }
        @{ Name = 'Backup-KmsKeyStore'; Run = { param($uri) Backup-KmsKeyStore ./a.backup -Passphrase (ConvertTo-SecureString secret -AsPlainText -Force) -Provider $uri -WhatIf } }
        @{ Name = 'Restore-KmsKeyStore'; Run = { param($uri) Restore-KmsKeyStore ./a.backup -Passphrase (ConvertTo-SecureString secret -AsPlainText -Force) -Provider $uri -WhatIf } }
        @{ Name = 'Export-KmsKeyStore'; Run = { param($uri) Export-KmsKeyStore ./a.keystore -Provider $uri -WhatIf -WarningAction SilentlyContinue } }
    ) {
        $null = New-Item -ItemType Directory "$folder/absent"
        & $Run "sqlite://file@$folder/absent/kms.db" | Should -BeNullOrEmpty
        Get-ChildItem "$folder/absent" | Should -BeNullOrEmpty
        (Get-KmsProvider).Name | Should -Not -Contain "sqlite://file@$folder/absent/kms.db"
        Remove-Item "$folder/absent"
    }
    It 'makes the store, and the key, when it is run without -WhatIf afterwards' {
        $uri = "sqlite://file@$folder/later.db"
        New-KmsKey first -Provider $uri -WhatIf
        (New-KmsKey first -Provider $uri).Name | Should -Be first
        "$folder/later.db" | Should -Exist
    }
    It 'makes no store of the user''s own either' {
        $shell = [powershell]::Create().AddScript("`$env:XDG_DATA_HOME = '$folder/own'; Import-Module '$((Get-Module KmsPS).Path)'; New-KmsKey mine -WhatIf; `$env:XDG_DATA_HOME = '$folder'")
        $shell.Invoke()
        $shell.HadErrors | Should -BeFalse
        $shell.Dispose()
        Get-ChildItem "$folder/own" -Recurse -Filter kms.db* | Should -BeNullOrEmpty
    }
    It 'honours $WhatIfPreference under -Force' {
        $WhatIfPreference = $true
        Remove-KmsKey made -Force
        $WhatIfPreference = $false
        (Get-KmsKey made).Name | Should -Be made
    }
}

Describe 'Delete, restore, purge' {
    It 'brings a key back with its versions' {
        New-KmsKey gone | Invoke-KmsRollover | Out-Null
        Remove-KmsKey gone -Force
        { Get-KmsKey gone -ErrorAction Stop } | Should -Throw
        (Get-KmsKey -Deleted gone).Deleted | Should -Not -BeNullOrEmpty
        (Restore-KmsKey gone).CurrentVersion | Should -Be gone@1
    }
    It 'accepts -Confirm:$false as well' {
        Remove-KmsKey gone -Confirm:$false
        Clear-KmsKey gone -Confirm:$false
        { Restore-KmsKey gone -ErrorAction Stop } | Should -Throw -ErrorId 'KeyNotFound,KmsPS.Cmdlets.Commands.RestoreKmsKeyCommand'
    }
    It 'says so when nothing of that name is deleted' { { Clear-KmsKey never -Force -ErrorAction Stop } | Should -Throw -ErrorId 'KeyNotFound,KmsPS.Cmdlets.Commands.ClearKmsKeyCommand' }
}

Describe 'Invoke-KmsRollover' {
    It 'rolls and names both versions' {
        $rolled = New-KmsKey roll | Invoke-KmsRollover
        $rolled.PreviousVersion, $rolled.Version, $rolled.Rolled, $rolled.Reason | Should -Be roll@0, roll@1, $true, Rolled
    }
    It 'leaves a young key alone, and says so' {
        $left = Invoke-KmsRollover roll -IfOlderThan 1.00:00:00
        $left.Rolled, $left.Reason, $left.Version | Should -Be $false, NotOldEnough, roll@1
    }
    It 'rolls an old one once' {
        Wait-Until 'the version is old enough' { Get-KmsKey roll -OlderThan 00:00:00.02 }
        (Invoke-KmsRollover roll -IfOlderThan 00:00:00.02).Rolled | Should -BeTrue
    }
    It 'keeps the order with -ThrottleLimit 1' {
        $names = 1..9 | ForEach-Object { "order-$_" }
        ($names | New-KmsKey | Invoke-KmsRollover -ThrottleLimit 1).Name | Should -Be $names
    }
    It 'reports a missing key and rolls the others' {
        @('roll', 'missing', 'made' | Invoke-KmsRollover -ErrorAction SilentlyContinue -ErrorVariable failed).Count | Should -Be 2
        $failed[0].FullyQualifiedErrorId | Should -Be 'KeyNotFound,KmsPS.Cmdlets.Commands.InvokeKmsRolloverCommand'
        $failed[0].TargetObject | Should -Be missing
    }
    It 'rolls a thousand keys by pipeline' {
        1..1000 | ForEach-Object { "bulk-$_" } | New-KmsKey | Out-Null
        $groups = Get-KmsKey bulk-* | Invoke-KmsRollover | Group-Object Rolled
        $groups.Name, $groups.Count | Should -Be 'True', 1000
    }
}

Describe 'Encrypted keys' {
    BeforeAll {
        New-KmsKey zone -BitLength 256 | Out-Null
        $eek = New-KmsEncryptedKey zone
        $plain = $eek | Unprotect-KmsEncryptedKey -AsByteArray
    }
    It 'decrypt to as many bytes as the key has' { $plain.GetType().Name, $plain.Length | Should -Be 'Byte[]', 32 }
    It 'survive JSON and CSV' {
        ($eek | ConvertTo-Json | ConvertFrom-Json | Unprotect-KmsEncryptedKey -AsByteArray) -join ' ' | Should -Be ($plain -join ' ')
        ($eek | ConvertTo-Csv | ConvertFrom-Csv | Unprotect-KmsEncryptedKey -AsByteArray) -join ' ' | Should -Be ($plain -join ' ')
    }
    It 'are a SecureString with Base64 unless bytes are asked for' {
        $secure = $eek | Unprotect-KmsEncryptedKey
        $secure | Should -BeOfType securestring
        ConvertFrom-SecureString $secure -AsPlainText | Should -Be ([Convert]::ToBase64String($plain))
    }
    It 'keep their data key through a re-encryption, in order' {
        $many = New-KmsEncryptedKey zone -Count 600
        Invoke-KmsRollover zone | Out-Null
        $fresh = $many | Update-KmsEncryptedKey
        $fresh.Count | Should -Be 600
        $fresh.Version | Select-Object -Unique | Should -Be zone@1
        ($fresh[599] | Unprotect-KmsEncryptedKey -AsByteArray) -join ' ' | Should -Be (($many[599] | Unprotect-KmsEncryptedKey -AsByteArray) -join ' ')
    }
    It 'are refused when they are no Base64' {
        { $eek | Select-Object Name, Version, EncryptedMaterial, @{ n = 'InitializationVector'; e = { '***' } } | Unprotect-KmsEncryptedKey -ErrorAction Stop } |
            Should -Throw -ErrorId 'EncryptedKeyInvalid,KmsPS.Cmdlets.Commands.UnprotectKmsEncryptedKeyCommand'
    }
    It 'are refused under another key' {
        { $eek | Select-Object @{ n = 'Name'; e = { 'made' } }, Version, EncryptedMaterial, InitializationVector | Unprotect-KmsEncryptedKey -ErrorAction Stop } |
            Should -Throw -ErrorId 'KeyVersionMismatch,KmsPS.Cmdlets.Commands.UnprotectKmsEncryptedKeyCommand'
    }
}

Describe 'No secret in what is shown' {
    It 'neither in objects nor in the audit log' {
        $material = [byte[]](200..231)
        $shown = (New-KmsKey secret -Material $material -Verbose 4>&1 | Out-String) + (Get-KmsKeyVersion secret | ConvertTo-Json)
        $logs = Get-ChildItem $folder -Recurse -Include '*.log', '*.jsonl' | Get-Content -Raw
        foreach ($text in [Convert]::ToBase64String($material), [Convert]::ToHexString($material)) {
            $shown | Should -Not -Match ([regex]::Escape($text))
            "$logs" | Should -Not -Match ([regex]::Escape($text))
        }
    }
    It 'and every call is in the audit log under the name of its cmdlet' {
        Disconnect-KmsProvider test
        $log = Get-ChildItem $folder -Recurse -Filter 'audit-shell-*.jsonl' | Get-Content -Raw
        "$log" | Should -Match '"operation":"CREATE_KEY","key":"secret".*"method":"New-KmsKey"'
        Connect-KmsProvider "sqlite://file@$folder/kms.db" -Name test | Out-Null
    }
}
