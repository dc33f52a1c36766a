BeforeAll {
    . "$PSScriptRoot/common.ps1"
    $folder = New-TestStore
    $acls = Join-Path $folder 'kms-acls.xml'
    $text = @'
<?xml version="1.0"?>
<!-- kept -->
<configuration>
  <!-- who may create -->
  <property><name>hadoop.kms.acl.CREATE</name><value>keyadmin</value></property>
  <property>
    <name>hadoop.kms.blacklist.DECRYPT_EEK</name>
    <value>hdfs</value>
    <description>the superuser</description>
  </property>
  <property><name>key.acl.own.DECRYPT_EEK</name><value>alice etl</value></property>
  <property><name>default.key.acl.READ</name><value>auditor</value></property>
</configuration>
'@
    function Get-Id([scriptblock] $Do) { try { & $Do } catch { $_.FullyQualifiedErrorId } }
}
AfterAll { Remove-TestStore $folder }

Describe 'Access lists in a file' {
    BeforeEach {
        Get-ChildItem $folder -Filter '*.bak' | Remove-Item
        Set-Content $acls $text
        $before = Get-Content -Raw $acls
    }

    Context 'Editing keeps the file' {
        It 'adds a user and a group and changes nothing else' {
            Grant-KmsAccess DECRYPT_EEK -Key own -User bob -Group dba -AclPath $acls
            Get-Content -Raw $acls | Should -Be $before.Replace('alice etl', 'alice,bob etl,dba')
        }
        It 'keeps what it replaces' {
            Grant-KmsAccess DECRYPT_EEK -Key own -User bob -AclPath $acls
            $copy = @(Get-ChildItem $folder -Filter 'kms-acls.xml.*.bak')
            $copy.Count | Should -Be 1
            Get-Content -Raw $copy[0] | Should -Be $before
        }
        It 'leaves the file alone when nothing is different' {
            Grant-KmsAccess DECRYPT_EEK -Key own -User alice -AclPath $acls
            Revoke-KmsAccess CREATE -User nobody-at-all -AclPath $acls
            Get-ChildItem $folder -Filter '*.bak' | Should -BeNullOrEmpty
        }
        It 'writes a whole pipeline at once' {
            'a', 'b', 'c' | Grant-KmsAccess GENERATE_EEK -User etl -AclPath $acls -Force
            @(Get-ChildItem $folder -Filter '*.bak').Count | Should -Be 1
            @(Get-KmsAcl a, b, c -AclPath $acls).Count | Should -Be 3
        }
    }

    Context 'Binding of Grant-KmsAccess' {
        It 'takes <Spelling>' -ForEach @(
            @{ Spelling = 'a piped name'; Do = { 'k' | Grant-KmsAccess DECRYPT_EEK -User u -AclPath $acls -Force } }
            @{ Spelling = 'an object with a Name'; Do = { [pscustomobject]@{ Name = 'k' } | Grant-KmsAccess DECRYPT_EEK -User u -AclPath $acls -Force } }
            @{ Spelling = 'a key'; Do = { New-KmsKey k | Grant-KmsAccess DECRYPT_EEK -User u -AclPath $acls -Force } }
            @{ Spelling = 'the name of a request'; Do = { Grant-KmsAccess DecryptEek -Key k -User u -AclPath $acls -Force } }
            @{ Spelling = 'small letters'; Do = { Grant-KmsAccess decrypt_eek -Key k -User u -AclPath $acls -Force } }
        ) {
            & $Do 3>$null
            $entry = Get-KmsAcl k -AclPath $acls
            $entry.Property, $entry.Users | Should -Be key.acl.k.DECRYPT_EEK, u
        }
        It 'changes the list of <Expected>' -ForEach @(
            @{ Expected = 'hadoop.kms.acl.CREATE'; Do = { Grant-KmsAccess CreateKey -User u -AclPath $acls -PassThru } }
            @{ Expected = 'default.key.acl.READ'; Do = { Grant-KmsAccess READ -Default -User u -AclPath $acls -PassThru } }
            @{ Expected = 'whitelist.key.acl.MANAGEMENT'; Do = { Grant-KmsAccess RollNewVersion -Whitelist -User u -AclPath $acls -PassThru } }
            @{ Expected = 'hadoop.kms.blacklist.ROLLOVER'; Do = { Block-KmsAccess ROLLOVER -User u -AclPath $acls -PassThru } }
        ) {
            $entry = & $Do
            $entry.Property | Should -Be $Expected
            $entry.Users | Should -Contain u
        }
        It 'completes operations' {
            Complete 'Grant-KmsAccess DEC' | Should -Contain DECRYPT_EEK
            Complete 'Grant-KmsAccess -Key k -Operation MAN' | Should -Contain MANAGEMENT
        }
    }

    Context '-WhatIf and -Confirm' {
        It 'writes nothing: <_>' -ForEach @(
            { Grant-KmsAccess DECRYPT_EEK -Key own -User u -AclPath $acls -WhatIf }
            { Revoke-KmsAccess CREATE -User keyadmin -AclPath $acls -WhatIf }
            { Block-KmsAccess CREATE -User u -AclPath $acls -WhatIf }
            { Unblock-KmsAccess DECRYPT_EEK -User hdfs -AclPath $acls -WhatIf 3>$null }
            { Import-KmsAcl "$folder/other.xml" $acls -WhatIf }
            { Get-KmsAcl -AclPath $acls | Export-KmsAcl $acls -Force -WhatIf }
        ) {
            '<configuration/>' | Set-Content "$folder/other.xml"
            & $_
            Get-Content -Raw $acls | Should -Be $before
            Get-ChildItem $folder -Filter '*.bak' | Should -BeNullOrEmpty
            Get-ChildItem $folder -Filter '*.new' | Should -BeNullOrEmpty
        }
        It 'shows what would be with -PassThru' { (Grant-KmsAccess DECRYPT_EEK -Key own -User u -AclPath $acls -WhatIf -PassThru).Users | Should -Be alice, u }
        It 'asks no questions with -Confirm:$false' {
            Revoke-KmsAccess CREATE -User keyadmin -AclPath $acls -Confirm:$false
            (Get-KmsAcl -AclPath $acls -Operation CREATE).Users | Should -BeNullOrEmpty
        }
    }

    Context 'Edits do what they say' {
        It 'revokes down to nobody, and not to everybody' {
            Revoke-KmsAccess CREATE -User keyadmin -AclPath $acls
            Test-KmsAccess CREATE -User keyadmin -AclPath $acls | Should -BeFalse
            Test-KmsAccess CREATE -User stranger -AclPath $acls | Should -BeFalse
        }
        It 'refuses a first list that shuts others out' {
            Get-Id { Grant-KmsAccess DELETE -User keyadmin -AclPath $acls } | Should -Be 'AccessWouldBeLost,KmsPS.Cmdlets.Commands.GrantKmsAccessCommand'
            Get-Content -Raw $acls | Should -Be $before
            Grant-KmsAccess DELETE -User keyadmin -AclPath $acls -Force
            Test-KmsAccess DELETE -User stranger -AclPath $acls | Should -BeFalse
        }
        It 'refuses a first list of a key that disables its defaults' {
            Get-Id { Grant-KmsAccess DECRYPT_EEK -Key fresh -User bob -AclPath $acls -ErrorAction Stop } | Should -Be 'AccessWouldBeLost,KmsPS.Cmdlets.Commands.GrantKmsAccessCommand'
        }
        It 'blocks and unblocks' {
            Block-KmsAccess CREATE -User keyadmin -AclPath $acls
            Test-KmsAccess CREATE -User keyadmin -AclPath $acls | Should -BeFalse
            Unblock-KmsAccess CREATE -User keyadmin -AclPath $acls
            Test-KmsAccess CREATE -User keyadmin -AclPath $acls | Should -BeTrue
        }
        It 'warns of whom it does not help' {
            Grant-KmsAccess DECRYPT_EEK -User hdfs -AclPath $acls -Force -WarningVariable said -WarningAction SilentlyContinue
            $said | Should -Match 'blacklist.*kms-acls.xml:\d+'
            Block-KmsAccess CREATE -User u -AclPath $acls
            Unblock-KmsAccess CREATE -User u -AclPath $acls -WarningVariable said -WarningAction SilentlyContinue
            $said | Should -Match 'u may not CREATE'
        }
    }

    Context 'Errors by id' {
        It '<Id>' -ForEach @(
            @{ Id = 'RequestInvalid'; Command = 'Grant'; Do = { Grant-KmsAccess CREATE -AclPath $acls } }
            @{ Id = 'AclFileNotFound'; Command = 'Revoke'; Do = { Revoke-KmsAccess CREATE -User u -AclPath "$folder/absent.xml" } }
            @{ Id = 'AclOperationUnknown'; Command = 'Block'; Do = { Block-KmsAccess FLY -User u -AclPath $acls -ErrorAction Stop } }
            @{ Id = 'AclOperationUnknown'; Command = 'Grant'; Do = { Grant-KmsAccess ALL -Default -User u -AclPath $acls -ErrorAction Stop } }
            @{ Id = 'RequestInvalid'; Command = 'Unblock'; Do = { Unblock-KmsAccess CREATE -User 'a b' -AclPath $acls } }
        ) { Get-Id $Do | Should -Be "$Id,KmsPS.Cmdlets.Commands.${Command}KmsAccessCommand" }
        It 'names line and column of a broken file' {
            '<configuration><property>' | Set-Content "$folder/broken.xml"
            { Grant-KmsAccess CREATE -User u -AclPath "$folder/broken.xml" } | Should -Throw '*broken.xml:2:1:*' -ErrorId 'ConfigurationInvalid,KmsPS.Cmdlets.Commands.GrantKmsAccessCommand'
            { Import-KmsAcl "$folder/broken.xml" $acls } | Should -Throw -ErrorId 'ConfigurationInvalid,KmsPS.Cmdlets.Commands.ImportKmsAclCommand'
            Get-Content -Raw $acls | Should -Be $before
        }
    }

    Context 'Compare-KmsAcl, and the way back' {
        It 'says who gains and who loses, and an import rolls it back' {
            Copy-Item $acls "$folder/edit.xml"
            Grant-KmsAccess CREATE -User bob -AclPath "$folder/edit.xml"
            Revoke-KmsAccess DECRYPT_EEK -Key own -Group etl -AclPath "$folder/edit.xml"
            $found = Compare-KmsAcl $acls "$folder/edit.xml"
            @($found).Count | Should -Be 2
            $found[0].Effect, $found[0].SubjectKind, $found[0].Subject, $found[0].Operation, $found[0].Key | Should -Be Gains, User, bob, CREATE, $null
            $found[1].Effect, $found[1].SubjectKind, $found[1].Subject, $found[1].Operation, $found[1].Key | Should -Be Loses, Group, etl, DECRYPT_EEK, own

            Import-KmsAcl "$folder/edit.xml" $acls
            Test-KmsAccess CREATE -User bob -AclPath $acls | Should -BeTrue
            Get-ChildItem $folder -Filter 'kms-acls.xml.*.bak' | Import-KmsAcl -AclPath $acls
            Get-Content -Raw $acls | Should -Be $before
            Test-KmsAccess CREATE -User bob -AclPath $acls | Should -BeFalse
        }
        It 'is silent about equal files' { Compare-KmsAcl $acls $acls | Should -BeNullOrEmpty }
        It 'refuses a file that is not there' { { Compare-KmsAcl $acls "$folder/absent.xml" } | Should -Throw -ErrorId 'ConfigurationInvalid,KmsPS.Cmdlets.Commands.CompareKmsAclCommand' }
    }

    Context 'Export-KmsAcl' {
        It 'writes lists that say the same' {
            Get-KmsAcl -AclPath $acls | Export-KmsAcl "$folder/out.xml"
            Compare-KmsAcl $acls "$folder/out.xml" | Should -BeNullOrEmpty
            @(Get-KmsAcl -AclPath "$folder/out.xml").Count | Should -Be 4
        }
        It 'writes the rules in force' {
            $written = Export-KmsAcl "$folder/built-in.xml" -PassThru
            $written.Name, $written.Length | Should -Be built-in.xml, (Get-Item "$folder/built-in.xml").Length
            (Get-KmsAcl -AclPath "$folder/built-in.xml" -Operation PURGE).Users | Should -Be ([Environment]::UserName)
        }
        It 'overwrites nothing without -Force' {
            { Get-KmsAcl -AclPath $acls | Export-KmsAcl $acls } | Should -Throw -ErrorId 'FileExists,KmsPS.Cmdlets.Commands.ExportKmsAclCommand'
            Get-KmsAcl -AclPath $acls -Scope Blacklist | Export-KmsAcl $acls -Force
            @(Get-ChildItem $folder -Filter '*.bak').Count | Should -Be 1
        }
        It 'writes no file that would open everything' {
            { Get-KmsAcl nothing-like-it -AclPath $acls | Export-KmsAcl "$folder/empty.xml" } | Should -Throw -ErrorId 'NothingToExport,KmsPS.Cmdlets.Commands.ExportKmsAclCommand'
            Test-Path "$folder/empty.xml" | Should -BeFalse
        }
    }

    Context 'Test-KmsAcl' {
        BeforeAll {
            $bad = "$folder/bad.xml"
            @'
<configuration>
  <property><name>hadoop.kms.acl.CREATE</name><value>alice, bob</value></property>
  <property><name>hadoop.kms.acl.FLY</name><value>*</value></property>
  <property><name>default.key.acl.ALL</name><value>*</value></property>
  <property><name>default.key.acl.READ</name><value>carol</value></property>
  <property><name>key.acl.k.DECRYPT_EEK</name><value>carol</value></property>
  <property><name>hadoop.kms.acl.GET</name><value>*</value></property>
  <property><name>hadoop.kms.acl.ROLLOVER</name><value>dave</value></property>
  <property><name>hadoop.kms.blacklist.ROLLOVER</name><value>dave</value></property>
</configuration>
'@ | Set-Content $bad
            $found = Test-KmsAcl $bad
        }
        It 'finds <Kind> in line <Line>' -ForEach @(
            @{ Kind = 'BlankAfterComma'; Line = 2 }
            @{ Kind = 'UnknownOperation'; Line = 3 }
            @{ Kind = 'AllNotAllowed'; Line = 4 }
            @{ Kind = 'DefaultsDisabled'; Line = 6 }
            @{ Kind = 'EverybodyReadsMaterial'; Line = 7 }
            @{ Kind = 'Unreachable'; Line = 8 }
            @{ Kind = 'SuperuserCanDecrypt'; Line = $null }
        ) { ($found | Where-Object Kind -EQ $Kind | Select-Object -First 1).Line | Should -Be $Line }
        It 'names the file' { $found.File | Sort-Object -Unique | Should -Be bad.xml }
        It 'asks for other superusers' { (Test-KmsAcl $bad -Superuser root | Where-Object Kind -EQ SuperuserCanDecrypt).Message | Should -Match root }
        It 'is a boolean with -Quiet' {
            Test-KmsAcl $bad -Quiet | Should -BeFalse
            @'
<configuration>
  <property><name>hadoop.kms.acl.CREATE</name><value>keyadmin</value></property>
  <property><name>hadoop.kms.acl.DELETE</name><value>keyadmin</value></property>
  <property><name>hadoop.kms.acl.ROLLOVER</name><value>keyadmin</value></property>
  <property><name>hadoop.kms.acl.SET_KEY_MATERIAL</name><value> </value></property>
  <property><name>hadoop.kms.acl.GET</name><value> </value></property>
  <property><name>hadoop.kms.blacklist.DECRYPT_EEK</name><value>hdfs supergroup</value></property>
</configuration>
'@ | Set-Content "$folder/good.xml"
            Test-KmsAcl "$folder/good.xml" -Quiet | Should -BeTrue
            Get-Item "$folder/good.xml" | Test-KmsAcl | Should -BeNullOrEmpty
        }
        It 'says no of a file that cannot be read' {
            Test-KmsAcl "$folder/absent.xml" -Quiet -ErrorAction SilentlyContinue -ErrorVariable failed | Should -BeFalse
            $failed[0].FullyQualifiedErrorId | Should -Be 'ConfigurationInvalid,KmsPS.Cmdlets.Commands.TestKmsAclCommand'
        }
    }

    Context 'Test-KmsAccess explains' {
        It 'names every rule that was asked, the groups and the smallest change' {
            $why = Test-KmsAccess DECRYPT_EEK own -User 'bob=hr' -AclPath $acls -Detailed
            $why.Allowed, $why.Layer, $why.Reason | Should -Be $false, key, NotInKeyAcl
            $why.Groups | Should -Be hr
            $why.Considered.Rule | Should -Be hadoop.kms.blacklist.DECRYPT_EEK, key.acl.own.DECRYPT_EEK
            $why.Considered.Matches | Should -Be $false, $false
            $why.Change | Should -Be 'add user bob to key.acl.own.DECRYPT_EEK'
        }
        It 'proposes a change that turns the answer' {
            $why = Test-KmsAccess DECRYPT_EEK own -User hdfs -AclPath $acls -Detailed
            $why.Change.Count | Should -Be 2
            Unblock-KmsAccess DECRYPT_EEK -User hdfs -AclPath $acls
            Grant-KmsAccess DECRYPT_EEK -Key own -User hdfs -AclPath $acls
            Test-KmsAccess DECRYPT_EEK own -User hdfs -AclPath $acls | Should -BeTrue
        }
        It 'makes a table' {
            $table = Test-KmsAccess DECRYPT_EEK, GetKeys own -Matrix -User alice, 'bob=etl', hdfs -AclPath $acls
            ($table | Out-String).Trim() -split '\r?\n' | ForEach-Object TrimEnd | Should -Be @(
                "As far as the operation's own lists go", '',
                'Operation   alice  bob=etl  hdfs', '----------  -----  -------  ----', 'GetKeys     yes    yes      yes', '',
                'Key own', '',
                'Operation   alice  bob=etl  hdfs', '----------  -----  -------  ----', 'DecryptEek  yes    yes      -')
            $table.Answers.Count | Should -Be 6
        }
        It 'collects piped keys into one table' { (('own', 'other') | Test-KmsAccess -Matrix -AclPath $acls).Keys | Should -Be own, other }
        It 'shows what could not be answered as a question mark' {
            $table = Test-KmsAccess DecryptEek 'no-such-key' -Matrix -ErrorAction SilentlyContinue
            $table.Answers.Allowed | Should -Be $false
            $table.Text | Should -Match '\?'
        }
    }
}
