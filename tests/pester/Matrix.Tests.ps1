# The vendor's recommended access lists: the whole table that Test-KmsAccess shows of the file, and every cell of it put to a running
# server as the request that it speaks of.
BeforeDiscovery {
    . "$PSScriptRoot/common.ps1"
    $noServer = -not (Test-Path "$((Get-Module KmsPS).ModuleBase)/server/kms-server.dll")
}
BeforeAll {
    . "$PSScriptRoot/common.ps1"
    $folder = New-TestStore
    $env:KMSPS_STATE_DIR = "$folder/run"
    $conf = "$folder/conf"
    $null = New-Item -ItemType Directory $conf
    $recorded = "$PSScriptRoot/../vectors/recorded/http/vendor-recommended/conf"
    Copy-Item "$recorded/kms-acls.xml", "$recorded/core-site.xml" $conf
    @'
<configuration>
  <property><name>hadoop.kms.authentication.type</name><value>simple</value></property>
  <property><name>hadoop.kms.http.administrators</name><value>boss</value></property>
</configuration>
'@ | Set-Content "$conf/kms-site.xml"
    $users = 'keyadmin', 'hdfs', 'sam=supergroup', 'user1', 'stranger'
    $table = Test-KmsAccess -Matrix -Name mykey, other -User $users -AclPath "$conf/kms-acls.xml"
}
AfterAll {
    Get-KmsServer | Stop-KmsServer -TimeoutSec 10 -Force
    Remove-Item Env:KMSPS_STATE_DIR
    Remove-TestStore $folder
}

Describe 'The matrix of the recommended access lists' {
    It 'is a table that people can read' {
        Write-Host "`n$table"
        $table.Text.Trim() | Should -Be @'
As far as the operation's own lists go

Operation          keyadmin  hdfs  sam=supergroup  user1  stranger
-----------------  --------  ----  --------------  -----  --------
GetKeys            yes       -     -               -      -
RekeyStore         -         -     -               -      -
BackupStore        -         -     -               -      -
RestoreStore       -         -     -               -      -
TestBackup         -         -     -               -      -
CheckStore         -         -     -               -      -
RepairStore        -         -     -               -      -
GetRolloverPlan    yes       yes   yes             -      -

Key mykey

Operation          keyadmin  hdfs  sam=supergroup  user1  stranger
-----------------  --------  ----  --------------  -----  --------
CreateKey          yes       -     -               -      -
RollNewVersion     yes       -     -               -      -
InvalidateCache    yes       -     -               -      -
DeleteKey          yes       -     -               -      -
RestoreKey         -         -     -               -      -
PurgeKey           -         -     -               -      -
GetKeysMetadata    -         yes   yes             -      -
GetMetadata        -         yes   yes             -      -
GetKeyVersion      -         -     -               -      -
GetKeyVersions     -         -     -               -      -
GetCurrentKey      -         -     -               -      -
GenerateEek        -         yes   yes             -      -
DecryptEek         yes       -     -               -      -
ReencryptEek       -         yes   yes             -      -
ReencryptEekBatch  -         yes   yes             -      -
ExportKey          -         -     -               -      -
ImportKey          -         -     -               -      -
DisableKey         yes       -     -               -      -
EnableKey          yes       -     -               -      -
ScheduleDeletion   yes       -     -               -      -
CancelDeletion     yes       -     -               -      -
DestroyVersion     -         -     -               -      -
GetLifecycle       -         yes   yes             -      -

Key other

Operation          keyadmin  hdfs  sam=supergroup  user1  stranger
-----------------  --------  ----  --------------  -----  --------
CreateKey          yes       -     -               -      -
RollNewVersion     yes       -     -               -      -
InvalidateCache    yes       -     -               -      -
DeleteKey          yes       -     -               -      -
RestoreKey         -         -     -               -      -
PurgeKey           -         -     -               -      -
GetKeysMetadata    -         yes   yes             -      -
GetMetadata        -         yes   yes             -      -
GetKeyVersion      -         -     -               -      -
GetKeyVersions     -         -     -               -      -
GetCurrentKey      -         -     -               -      -
GenerateEek        -         yes   yes             -      -
DecryptEek         yes       -     -               -      -
ReencryptEek       -         yes   yes             -      -
ReencryptEekBatch  -         yes   yes             -      -
ExportKey          -         -     -               -      -
ImportKey          -         -     -               -      -
DisableKey         yes       -     -               -      -
EnableKey          yes       -     -               -      -
ScheduleDeletion   yes       -     -               -      -
CancelDeletion     yes       -     -               -      -
DestroyVersion     -         -     -               -      -
GetLifecycle       -         yes   yes             -      -

'@.ReplaceLineEndings("`n").Trim()
    }
    It 'explains each cell with a rule or the lack of one' {
        $table.Answers.Count | Should -Be (5 * (8 + 2 * 23))
        $table.Answers | Where-Object { -not $_.Allowed -and $_.Change.Count -eq 0 } | Should -BeNullOrEmpty
    }

    Context 'against a running server' -Skip:$noServer {
        BeforeAll {
            $server = Start-KmsServer matrix -DataPath "$folder/data" -ConfigPath $conf -Listen http://127.0.0.1:0
            function Send([string] $User, [string] $Method, [string] $Path, $Body) {
                $join = if ($Path.Contains('?')) { '&' } else { '?' }
                $request = @{ Uri = "$($server.Uri)/v1/$Path${join}user.name=$User"; Method = $Method; SkipHttpErrorCheck = $true }
                if ($null -ne $Body) { $request.Body = ConvertTo-Json -InputObject $Body -Depth 4 -Compress; $request.ContentType = 'application/json' }
                Invoke-WebRequest @request
            }
            # A key in use beside the deleted one, and a wrapped data key of it.
            function Reset([string] $Key) {
                $null = Send keyadmin POST keys @{ name = $Key }
                (((Send hdfs GET "key/$Key/_eek?eek_op=generate&num_keys=1").Content | ConvertFrom-Json -NoEnumerate)[0])
            }
            function Ask([string] $User, [string] $Operation, [string] $Key, $Eek) {
                $sealed = @{ name = $Key; iv = $Eek.iv; material = $Eek.encryptedKeyVersion.material }
                $batch = @(@{ versionName = $Eek.versionName; iv = $Eek.iv; encryptedKeyVersion = @{ name = $Key; versionName = 'EEK'; material = $Eek.encryptedKeyVersion.material } })
                switch ($Operation) {
                    CreateKey { Send $User POST keys @{ name = $Key } }
                    RollNewVersion { Send $User POST "key/$Key" @{} }
                    InvalidateCache { Send $User POST "key/$Key/_invalidatecache" @{} }
                    DeleteKey { Send $User DELETE "key/$Key" }
                    RestoreKey { Send $User POST "trustee/key/${Key}?trusteeOp=undelete" }
                    PurgeKey { Send $User POST "trustee/key/${Key}?trusteeOp=purge" }
                    GetKeys { Send $User GET keys/names }
                    GetKeysMetadata { Send $User GET "keys/metadata?key=$Key" }
                    GetMetadata { Send $User GET "key/$Key/_metadata" }
                    GetKeyVersion { Send $User GET "keyversion/$($Eek.versionName)" }
                    GetKeyVersions { Send $User GET "key/$Key/_versions" }
                    GetCurrentKey { Send $User GET "key/$Key/_currentversion" }
                    GenerateEek { Send $User GET "key/$Key/_eek?eek_op=generate&num_keys=1" }
                    DecryptEek { Send $User POST "keyversion/$($Eek.versionName)/_eek?eek_op=decrypt" $sealed }
                    ReencryptEek { Send $User POST "keyversion/$($Eek.versionName)/_eek?eek_op=reencrypt" $sealed }
                    ReencryptEekBatch { Send $User POST "key/$Key/_reencryptbatch" $batch }
                    DisableKey { Send $User POST "lifecycle/key/${Key}?op=disable" }
                    EnableKey { Send $User POST "lifecycle/key/${Key}?op=enable" }
                    ScheduleDeletion { Send $User POST "lifecycle/key/${Key}?op=schedule&after=2592000" }
                    CancelDeletion { Send $User POST "lifecycle/key/${Key}?op=cancel" }
                    DestroyVersion { Send $User POST "lifecycle/key/${Key}?op=destroy&version=$($Eek.versionName)" }
                    GetLifecycle { Send $User GET "lifecycle/key/$Key" }
                    GetRolloverPlan { Send $User GET lifecycle/plan }
                    default { throw "$Operation is not asked" }
                }
            }
        }
        It 'is what the server does, request by request' {
            $eeks = @{}
            foreach ($key in 'mykey', 'other') {
                $null = Send keyadmin POST keys @{ name = $key }
                (Send keyadmin DELETE "key/$key").StatusCode | Should -Be 200
                $eeks[$key] = Reset $key
                $eeks[$key].versionName | Should -Match "^$key@\d+$"
            }
            $asked = 0
            # What is done to a whole store, and with keys taken out of it, is done beside it and not by requests.
            $inProcess = 'ExportKey', 'ImportKey', 'RekeyStore', 'BackupStore', 'RestoreStore', 'TestBackup', 'CheckStore', 'RepairStore'
            $wrong = foreach ($cell in $table.Answers | Where-Object Operation -NotIn $inProcess) {
                $key = $cell.Key ?? 'mykey'
                $answer = Ask $cell.User $cell.Operation $key $eeks[$key]
                $asked++
                $refused = $answer.Content -match 'AuthorizationException|is not authorized to'
                # What is allowed is done; only a key that is there already cannot be made.
                $done = $answer.StatusCode -lt 300 -or ($cell.Operation -eq 'CreateKey' -and $answer.Content -match 'already exists')
                if ($refused -eq $cell.Allowed -or $done -ne $cell.Allowed) { "$($cell.User) $($cell.Operation) $key`: $($cell.Allowed), but $($answer.StatusCode) $($answer.Content)" }
                if ($cell.Operation -eq 'DeleteKey' -and $cell.Allowed) { $eeks[$key] = Reset $key }
            }
            $wrong | Should -BeNullOrEmpty
            $asked | Should -Be (5 * (2 + 2 * 21))
        }
        It 'is what the server explains to its administrator, with the groups that it knows' {
            Connect-KmsProvider $server.Uri -Name boss -User boss | Out-Null
            try {
                $names = $users -replace '=.*'
                $live = Test-KmsAccess -Matrix -Name mykey, other -User $names -Provider boss
                $live.Answers.Allowed | Should -Be $table.Answers.Allowed
                ($live.Answers | Where-Object User -EQ sam | Select-Object -First 1).Groups | Should -Be supergroup
            }
            finally { Disconnect-KmsProvider boss }
        }
        It 'changes with the file, as the explanation proposed, and back with the copy' {
            $list = "$conf/kms-acls.xml"
            $why = Test-KmsAccess DecryptEek mykey -User user1 -AclPath $list -Detailed
            $why.Change | Should -Be 'add user user1 to key.acl.mykey.DECRYPT_EEK'
            Copy-Item $list "$folder/old.xml"
            function Wait-Answer([int] $Status) {
                Wait-Until "the answer is $Status" { (Ask user1 DecryptEek mykey $eek).StatusCode -eq $Status } -Seconds 5
            }
            $eek = Reset mykey
            Wait-Answer 403
            Grant-KmsAccess DECRYPT_EEK -Key mykey -User user1 -AclPath $list
            $difference = Compare-KmsAcl "$folder/old.xml" $list
            "$difference" | Should -Match "^\+ user user1: DECRYPT_EEK on key 'mykey'"
            Wait-Answer 200
            Get-ChildItem $conf -Filter 'kms-acls.xml.*.bak' | Import-KmsAcl -AclPath $list -WarningAction SilentlyContinue
            (Get-FileHash $list).Hash | Should -Be (Get-FileHash "$folder/old.xml").Hash
            Wait-Answer 403
        }
        It 'is told to nobody else' {
            Connect-KmsProvider $server.Uri -Name curious -User stranger | Out-Null
            try {
                Test-KmsAccess GetKeys -User keyadmin -Provider curious -ErrorAction SilentlyContinue -ErrorVariable failed | Should -BeFalse
                $failed[0].FullyQualifiedErrorId | Should -Be 'AccessDenied,KmsPS.Cmdlets.Commands.TestKmsAccessCommand'
                Test-KmsAccess GetKeys -User stranger -Provider curious | Should -BeFalse
            }
            finally { Disconnect-KmsProvider curious }
        }
    }
}
