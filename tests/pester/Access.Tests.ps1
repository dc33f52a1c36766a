BeforeAll {
    . "$PSScriptRoot/common.ps1"
    $folder = New-TestStore
    New-KmsKey mine | Out-Null
    $acls = Join-Path $folder 'kms-acls.xml'
    @'
<configuration>
  <property><name>hadoop.kms.acl.CREATE</name><value>keyadmin</value></property>
  <property><name>hadoop.kms.blacklist.DECRYPT_EEK</name><value>hdfs</value></property>
  <property><name>key.acl.mine.DECRYPT_EEK</name><value>alice etl</value></property>
  <property><name>default.key.acl.DECRYPT_EEK</name><value>*</value></property>
</configuration>
'@ | Set-Content $acls
}
AfterAll { Remove-TestStore $folder }

Describe 'Test-KmsAccess' {
    It 'is a plain boolean' { Test-KmsAccess DecryptEek mine | Should -BeOfType bool }
    It 'says <Expected> for <User> <Operation> <Key>' -ForEach @(
        @{ User = 'alice'; Operation = 'DecryptEek'; Key = 'mine'; Expected = $true }
        @{ User = 'bob'; Operation = 'DECRYPT_EEK'; Key = 'mine'; Expected = $false }
        @{ User = 'bob'; Operation = 'DecryptEek'; Key = 'other'; Expected = $true }
        @{ User = 'hdfs'; Operation = 'DecryptEek'; Key = 'other'; Expected = $false }
        @{ User = 'bob'; Operation = 'CREATE'; Key = 'other'; Expected = $false }
    ) { Test-KmsAccess $Operation $Key -User $User -AclPath $acls | Should -Be $Expected }
    It 'counts the groups that are given' { Test-KmsAccess DecryptEek mine -User bob -Group etl -AclPath $acls | Should -BeTrue }
    It 'explains with rule and line' {
        $why = Test-KmsAccess DecryptEek mine -User hdfs -AclPath $acls -Detailed
        $why.Allowed, $why.Reason, $why.Rule | Should -Be $false, Blacklisted, hadoop.kms.blacklist.DECRYPT_EEK
        $why.Place | Should -Match 'kms-acls.xml:3'
    }
    It 'fails closed for an unknown key' {
        Test-KmsAccess DecryptEek unknown -ErrorAction SilentlyContinue -ErrorVariable failed | Should -BeFalse
        $failed[0].FullyQualifiedErrorId | Should -Be 'KeyNotFound,KmsPS.Cmdlets.Commands.TestKmsAccessCommand'
    }
    It 'fails closed for a broken file' {
        '<configuration><property>' | Set-Content "$folder/broken.xml"
        Test-KmsAccess DecryptEek mine -AclPath "$folder/broken.xml" -ErrorAction SilentlyContinue -ErrorVariable failed | Should -BeFalse
        $failed[0].FullyQualifiedErrorId | Should -Be 'ConfigurationInvalid,KmsPS.Cmdlets.Commands.TestKmsAccessCommand'
    }
    It 'gives one answer for each question' { @('mine' | Test-KmsAccess DecryptEek, GenerateEek -User alice, bob).Count | Should -Be 4 }
}

Describe 'Access lists hold for the person at the keyboard' {
    It 'refuses what a file refuses' {
        Connect-KmsProvider "sqlite://file@$folder/guarded.db" -Name guarded -ConfigPath $folder | Out-Null
        try {
            { New-KmsKey refused -ErrorAction Stop } | Should -Throw -ErrorId 'AccessDenied,KmsPS.Cmdlets.Commands.NewKmsKeyCommand'
        }
        finally { Disconnect-KmsProvider guarded }
    }
}

Describe 'The groups of the account count' {
    BeforeAll {
        $conf = "$folder/grouped"
        $null = New-Item -ItemType Directory $conf
        $me = [Environment]::UserName
        @"
<configuration>
  <property><name>hadoop.user.group.static.mapping.overrides</name><value>$me=makers,sealers</value></property>
</configuration>
"@ | Set-Content "$conf/core-site.xml"
        @'
<configuration>
  <property><name>hadoop.kms.acl.CREATE</name><value> makers</value></property>
  <property><name>hadoop.kms.acl.ROLLOVER</name><value> rollers</value></property>
  <property><name>whitelist.key.acl.MANAGEMENT</name><value> makers</value></property>
  <property><name>whitelist.key.acl.READ</name><value>*</value></property>
</configuration>
'@ | Set-Content "$conf/kms-acls.xml"
        Connect-KmsProvider "sqlite://file@$folder/grouped.db" -Name grouped -ConfigPath $conf | Out-Null
    }
    AfterAll { Disconnect-KmsProvider grouped }
    It 'for what is done' {
        (New-KmsKey grouped -Provider grouped).Name | Should -Be grouped
        { Invoke-KmsRollover grouped -Provider grouped -ErrorAction Stop } | Should -Throw -ErrorId 'AccessDenied,KmsPS.Cmdlets.Commands.InvokeKmsRolloverCommand'
    }
    It 'and for what is asked' {
        $may = Test-KmsAccess CreateKey, RollNewVersion grouped -Provider grouped -Detailed
        $may.Allowed | Should -Be $true, $false
        $may[0].Groups | Should -Be makers, sealers
    }
    It 'and are those of the operating system without a configuration' {
        if (-not $IsLinux) { Set-ItResult -Skipped -Because 'id prints them' }
        (Test-KmsAccess GetKeys -Provider test -Detailed).Groups | Sort-Object | Should -Be ((id -Gn) -split ' ' | Sort-Object -Unique)
    }
}

Describe 'Get-KmsAcl' {
    It 'reads a file with its lines' {
        $entry = Get-KmsAcl mine -AclPath $acls
        $entry.Users, $entry.Groups, $entry.Line, $entry.Operation | Should -Be alice, etl, 4, DECRYPT_EEK
    }
    It 'filters by scope' { @(Get-KmsAcl -AclPath $acls -Scope Blacklist, Default).Count | Should -Be 2 }
    It 'shows the rules in force' { (Get-KmsAcl -Operation PURGE).File | Should -Be built-in }
}
