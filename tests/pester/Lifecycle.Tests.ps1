BeforeAll {
    . "$PSScriptRoot/common.ps1"
    $folder = New-TestStore
}
AfterAll { Remove-TestStore $folder }

Describe 'Suspend-KmsKey and Resume-KmsKey' {
    It 'disable a key for every use, and enable it again' {
        $eek = New-KmsKey limited | New-KmsEncryptedKey
        (Suspend-KmsKey limited).State | Should -Be Disabled
        (Get-KmsKey limited).State | Should -Be Disabled
        { $eek | Unprotect-KmsEncryptedKey -ErrorAction Stop } | Should -Throw -ErrorId 'KeyDisabled,KmsPS.Cmdlets.Commands.UnprotectKmsEncryptedKeyCommand'
        { Invoke-KmsRollover limited -ErrorAction Stop } | Should -Throw -ErrorId 'KeyDisabled,KmsPS.Cmdlets.Commands.InvokeKmsRolloverCommand'
        (Get-KmsKeyVersion limited).State | Should -Be KeyDisabled
        (Get-KmsKey limited | Resume-KmsKey).State | Should -Be Enabled
        $eek | Unprotect-KmsEncryptedKey | Should -Not -BeNullOrEmpty
    }
    It 'say what happened, to which key, and what to do' {
        Suspend-KmsKey limited | Out-Null
        New-KmsEncryptedKey limited -ErrorAction SilentlyContinue -ErrorVariable failed
        $failed[0].Exception.Message | Should -Be 'Key limited is disabled'
        $failed[0].CategoryInfo.Category | Should -Be ResourceUnavailable
        $failed[0].ErrorDetails.RecommendedAction | Should -BeLike 'Resume-KmsKey*'
        Resume-KmsKey limited | Out-Null
    }
    It 'take single versions, by name and from the pipeline' {
        $eek = New-KmsKey parts | New-KmsEncryptedKey
        Invoke-KmsRollover parts | Out-Null
        Get-KmsKeyVersion parts | Where-Object { -not $_.IsCurrent } | Suspend-KmsKey | Out-Null
        (Get-KmsKey parts).State | Should -Be Enabled
        (Get-KmsKeyVersion parts).State | Should -Be Disabled, Enabled
        { $eek | Unprotect-KmsEncryptedKey -ErrorAction Stop } | Should -Throw -ErrorId 'KeyDisabled,*'
        Resume-KmsKey parts -KeyVersion parts@0 | Out-Null
        (Get-KmsKeyVersion parts).State | Should -Be Enabled, Enabled
    }
    It 'refuse what is not there' {
        { Suspend-KmsKey never -ErrorAction Stop } | Should -Throw -ErrorId 'KeyNotFound,KmsPS.Cmdlets.Commands.SuspendKmsKeyCommand'
        { Suspend-KmsKey parts -KeyVersion limited@0 -ErrorAction Stop } | Should -Throw -ErrorId 'KeyVersionNotFound,*'
    }
    It 'go on after an error' { @('limited', 'never', 'parts' | Suspend-KmsKey -ErrorAction SilentlyContinue).Name | Should -Be limited, parts; 'limited', 'parts' | Resume-KmsKey | Out-Null }
}

Describe 'Planned deletions' {
    It 'disable the key and can be taken back' {
        $planned = New-KmsKey doomed | Remove-KmsKey -After 30d -Force
        $planned.State | Should -Be DeletionPending
        ($planned.DeletionDue - (Get-Date)).TotalDays | Should -BeGreaterThan 29
        { New-KmsEncryptedKey doomed -ErrorAction Stop } | Should -Throw -ErrorId 'KeyDisabled,*'
        { Resume-KmsKey doomed -ErrorAction Stop } | Should -Throw -ErrorId 'KeyDisabled,*'
        (Restore-KmsKey doomed -Scheduled).State | Should -Be Enabled
        { Restore-KmsKey doomed -Scheduled -ErrorAction Stop } | Should -Throw -ErrorId 'KeyChanged,*'
    }
    It 'take no less than the least time' { { Remove-KmsKey doomed -After 6d -Force -ErrorAction Stop } | Should -Throw -ErrorId 'RequestInvalid,KmsPS.Cmdlets.Commands.RemoveKmsKeyCommand' }
    It 'take an age as people write it: <Text>' -ForEach @(
        @{ Text = '8d'; Days = 8 }, @{ Text = '240h'; Days = 10 }, @{ Text = '9.00:00:00'; Days = 9 }
    ) {
        ((Remove-KmsKey doomed -After $Text -Force).DeletionDue - (Get-Date)).TotalDays | Should -BeGreaterThan ($Days - 0.1)
        Restore-KmsKey doomed -Scheduled | Out-Null
    }
    It 'take no age beyond all dates: <Text>' -ForEach @( @{ Text = '100001d' }, @{ Text = '99999999d' }, @{ Text = '10675199.00:00:00' } ) {
        { Get-KmsKey -OlderThan $Text } | Should -Throw -ErrorId 'ParameterArgumentTransformationError,*' -ExpectedMessage '*at most 100000 days*'
    }
    It 'take no bare number' { { Remove-KmsKey doomed -After 8 -Force } | Should -Throw -ErrorId 'ParameterArgumentTransformationError,*' }
}

Describe 'Clear-KmsKeyVersion' {
    It 'destroys an old version for good' {
        $eek = New-KmsKey old | New-KmsEncryptedKey
        Invoke-KmsRollover old | Out-Null
        Get-KmsKeyVersion old -KeyVersion old@0 | Clear-KmsKeyVersion -Force | Should -BeNullOrEmpty
        (Get-KmsKeyVersion old).State | Should -Be Destroyed, Enabled
        { $eek | Unprotect-KmsEncryptedKey -ErrorAction Stop } | Should -Throw -ErrorId 'KeyVersionDestroyed,*'
        { Resume-KmsKey old -KeyVersion old@0 -ErrorAction Stop } | Should -Throw -ErrorId 'KeyVersionDestroyed,*'
    }
    It 'never destroys the current one' { { Clear-KmsKeyVersion old old@1 -Force -ErrorAction Stop } | Should -Throw -ErrorId 'RequestInvalid,KmsPS.Cmdlets.Commands.ClearKmsKeyVersionCommand' }
}

Describe 'Last uses' {
    It 'are told of each version' {
        New-KmsKey used | Out-Null
        (Get-KmsKeyVersion used).LastUsed | Should -BeNullOrEmpty
        Get-KmsKeyVersion used -InUse | Should -BeNullOrEmpty
        New-KmsEncryptedKey used | Out-Null
        Invoke-KmsRollover used | Out-Null
        (Get-KmsKeyVersion used -InUse).Version | Should -Be used@0
    }
}

Describe 'A conditional roll' {
    It 'happens once' {
        New-KmsKey condition | Out-Null
        (Invoke-KmsRollover condition -ExpectedVersion condition@0).Version | Should -Be condition@1
        { Invoke-KmsRollover condition -ExpectedVersion condition@0 -ErrorAction Stop } | Should -Throw -ErrorId 'KeyChanged,KmsPS.Cmdlets.Commands.InvokeKmsRolloverCommand'
        (Get-KmsKey condition).CurrentVersion | Should -Be condition@1
    }
    It 'by age is done by a second run no more' {
        New-KmsKey aged | Out-Null
        Wait-Until 'the key is a second old' { Get-KmsKey aged -OlderThan 1s }
        (Get-KmsKey aged -OlderThan 1s | Invoke-KmsRollover | Group-Object Rolled -NoElement).Name | Should -Be True
        Get-KmsKey aged -OlderThan 1m | Invoke-KmsRollover | Should -BeNullOrEmpty
        Get-KmsKey aged -OlderThan 90d | Should -BeNullOrEmpty
    }
}

Describe 'Get-KmsRolloverPlan' {
    BeforeAll {
        $conf = New-Item -ItemType Directory "$folder/conf"
        Set-Content "$conf/kms-site.xml" '<configuration><property><name>kmsps.rollover.rules</name><value>plan-old 1s; plan-* 90d</value></property></configuration>'
        $null = Connect-KmsProvider "sqlite://file@$folder/plan.db" -Name planned -ConfigPath $conf
        'plan-old', 'plan-new', 'plan-off', 'free', 'ending' | New-KmsKey -Provider planned | Out-Null
        Suspend-KmsKey plan-off -Provider planned | Out-Null
        Remove-KmsKey ending -After 20d -Force -Provider planned | Out-Null
        Wait-Until 'a roll is due' { (Get-KmsRolloverPlan plan-old -Provider planned).Standing -eq 'Due' }
    }
    AfterAll { Disconnect-KmsProvider planned; Connect-KmsProvider "sqlite://file@$folder/kms.db" -Name test | Out-Null }
    It 'shows what comes and why' {
        $plan = Get-KmsRolloverPlan -Provider planned
        ($plan | ForEach-Object { "$($_.Name) $($_.Action) $($_.Standing) $($_.Rule)" }) | Should -Be 'ending Delete Waiting planned', 'plan-new Roll Waiting plan-* 90d', 'plan-off Roll Waiting plan-* 90d', 'plan-old Roll Due plan-old 1s'
    }
    It 'narrows by name and by time' {
        (Get-KmsRolloverPlan plan-n* -Provider planned).Name | Should -Be plan-new
        (Get-KmsRolloverPlan -Within 30d -Provider planned).Name | Should -Be ending, plan-old
    }
    It 'feeds a roll, once' {
        (Get-KmsRolloverPlan plan-old -Provider planned | Where-Object Standing -EQ Due | Invoke-KmsRollover -IfOlderThan 1s).Rolled | Should -BeTrue
        (Get-KmsRolloverPlan plan-old -Provider planned).Standing | Should -Be Waiting
    }
}

Describe 'Nothing is written with -WhatIf' {
    It '<Name>' -ForEach @(
        @{ Name = 'Suspend-KmsKey'; Run = { Get-KmsKey | Suspend-KmsKey -WhatIf } }
        @{ Name = 'Resume-KmsKey'; Run = { Get-KmsKey | Resume-KmsKey -WhatIf } }
        @{ Name = 'Remove-KmsKey -After'; Run = { Get-KmsKey | Remove-KmsKey -After 30d -Force -WhatIf } }
        @{ Name = 'Restore-KmsKey -Scheduled'; Run = { Get-KmsKey | Restore-KmsKey -Scheduled -WhatIf } }
        @{ Name = 'Clear-KmsKeyVersion'; Run = { Get-KmsKey | Get-KmsKeyVersion | Clear-KmsKeyVersion -Force -WhatIf } }
    ) {
        $before = Get-KmsKey | Get-KmsKeyVersion | ConvertTo-Json
        & $Run | Should -BeNullOrEmpty
        Get-KmsKey | Get-KmsKeyVersion | ConvertTo-Json | Should -Be $before
    }
}

Describe 'A keystore file has no room for it' {
    BeforeAll {
        $env:HADOOP_CREDSTORE_PASSWORD = $null
        $null = Connect-KmsProvider "jceks://file@$folder/plain.jceks" -Name plain
        New-KmsKey narrow -Provider plain | Out-Null
    }
    AfterAll { Disconnect-KmsProvider plain }
    It 'says so: <Name>' -ForEach @(
        @{ Name = 'Suspend-KmsKey'; Run = { Suspend-KmsKey narrow -Provider plain -ErrorAction Stop } }
        @{ Name = 'Remove-KmsKey -After'; Run = { Remove-KmsKey narrow -Provider plain -After 30d -Force -ErrorAction Stop } }
        @{ Name = 'Get-KmsKeyVersion -InUse'; Run = { Get-KmsKeyVersion narrow -Provider plain -InUse -ErrorAction Stop } }
    ) { $Run | Should -Throw -ErrorId 'NotSupported,*' }
    It 'still lists versions' { (Get-KmsKeyVersion narrow -Provider plain).Version | Should -Be narrow@0 }
}
