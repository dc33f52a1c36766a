BeforeAll {
    . "$PSScriptRoot/common.ps1"
    $folder = New-TestStore
    $null = New-Item -ItemType Directory "$folder/conf", "$folder/plain", "$folder/broken"
    Set-Content "$folder/conf/core-site.xml" @'
<configuration>
  <property><name>hadoop.user.group.static.mapping.overrides</name><value>hive=etl,hadoop;alice=</value></property>
  <property><name>hadoop.security.group.mapping</name><value>org.apache.hadoop.security.NullGroupsMapping</value></property>
</configuration>
'@
    Set-Content "$folder/conf/kms-site.xml" @'
<configuration>
  <property><name>hadoop.kms.authentication.type</name><value>kerberos</value></property>
  <property>
    <name>hadoop.kms.authentication.kerberos.name.rules</name>
    <value>
      RULE:[2:$1@$0](hive@EXAMPLE\.COM)s/.*/hive/
      RULE:[1:$1@$0](.*@SALES\.EXAMPLE\.COM)s/@.*//
      DEFAULT
    </value>
  </property>
  <property><name>hadoop.kms.proxyuser.hive.users</name><value>alice</value></property>
  <property><name>hadoop.kms.proxyuser.hive.hosts</name><value>127.0.0.1</value></property>
</configuration>
'@
    Set-Content "$folder/broken/kms-site.xml" '<configuration><property><name>hadoop.kms.authentication.type</name><value>kerberos</value></property><property><name>hadoop.kms.authentication.kerberos.name.rules</name><value>NONSENSE</value></property></configuration>'
}
AfterAll { Remove-TestStore $folder }

Describe 'A principal' {
    It 'has the short name that the rules give it: <Principal>' -ForEach @(
        @{ Principal = 'hive/h1.example.com@EXAMPLE.COM'; Name = 'hive' }
        @{ Principal = 'carol@SALES.EXAMPLE.COM'; Name = 'carol' }
        @{ Principal = 'alice@EXAMPLE.COM'; Name = 'alice' }
        @{ Principal = 'bob'; Name = 'bob' }
    ) {
        Test-KmsPrincipal $Principal "$folder/conf" -DefaultRealm EXAMPLE.COM | Should -Be $Name
        (Test-KmsPrincipal $Principal -ConfigDir "$folder/conf" -DefaultRealm EXAMPLE.COM -Detailed).ShortName | Should -Be $Name
    }
    It 'is explained: rule, file and line, groups, and for whom it may act' {
        $who = Test-KmsPrincipal hive/h1.example.com@EXAMPLE.COM "$folder/conf" -DefaultRealm EXAMPLE.COM -Detailed
        $who | Should -BeOfType KmsPS.KmsPrincipal
        $who.IsMapped, $who.RuleNumber, $who.Place, $who.Property | Should -Be $true, 1, kms-site.xml:4, hadoop.kms.authentication.kerberos.name.rules
        $who.Rule | Should -Be 'RULE:[2:$1@$0](hive@EXAMPLE\.COM)s/.*/hive/'
        $who.Groups | Should -Be etl, hadoop
        $who.ProxyRules | Should -Be 'hadoop.kms.proxyuser.hive.hosts=127.0.0.1 (kms-site.xml:12)', 'hadoop.kms.proxyuser.hive.users=alice (kms-site.xml:11)'
        "$who" | Should -Match "is 'hive' by rule 1 .* at kms-site.xml:4"
    }
    It 'is shown with the rules that did not apply, and why' {
        $who = Test-KmsPrincipal alice@EXAMPLE.COM "$folder/conf" -DefaultRealm EXAMPLE.COM -Detailed
        $who.Considered.Count, $who.RuleNumber | Should -Be 3, 3
        $who.Considered[0].Outcome | Should -Match '2 components'
        $who.Considered[1].Outcome | Should -Match "'alice@EXAMPLE.COM' does not match"
        $who.Groups | Should -BeNullOrEmpty
    }
    It 'that is refused is an error, and nothing that an if could take for a yes' {
        $answer = Test-KmsPrincipal mallory@ELSEWHERE.COM "$folder/conf" -DefaultRealm EXAMPLE.COM -ErrorAction SilentlyContinue
        [bool] $answer | Should -BeFalse
        { Test-KmsPrincipal mallory@ELSEWHERE.COM "$folder/conf" -DefaultRealm EXAMPLE.COM -ErrorAction Stop } | Should -Throw -ErrorId 'PrincipalNotMapped,KmsPS.Cmdlets.Commands.TestKmsPrincipalCommand' -ExpectedMessage '*No rules applied*'
        $who = Test-KmsPrincipal mallory@ELSEWHERE.COM "$folder/conf" -DefaultRealm EXAMPLE.COM -Detailed
        $who.IsMapped, $who.Rule | Should -Be $false, $null
        $who.Considered[2].Outcome | Should -Match 'not EXAMPLE.COM, the default'
        (Test-KmsPrincipal a/b/c@EXAMPLE.COM "$folder/conf" -Detailed).Explanation | Should -Match 'Malformed Kerberos name'
    }
    It 'may be one of many, and the rest goes on' {
        'alice@EXAMPLE.COM', 'mallory@ELSEWHERE.COM', 'hive/x@EXAMPLE.COM' | Test-KmsPrincipal -ConfigPath "$folder/conf" -DefaultRealm EXAMPLE.COM -ErrorAction SilentlyContinue | Should -Be alice, hive
    }
    It 'can be tried against rules that stand in no file' {
        Test-KmsPrincipal hdfs/nn@CLUSTER -Rule 'RULE:[2:$1](hdfs)s/hdfs/super/ DEFAULT' | Should -Be super
        Test-KmsPrincipal x/y@OTHER -Rule DEFAULT -Mechanism mit -DefaultRealm EXAMPLE.COM | Should -Be x/y@OTHER
        (Test-KmsPrincipal hdfs/nn@CLUSTER -Rule 'RULE:[2:$1](hdfs)s/hdfs/super/' -Detailed).Place | Should -BeNullOrEmpty
    }
    It 'is judged by the rules of a simple server too' {
        (Test-KmsPrincipal alice/host@ANY "$folder/plain" -Detailed).Explanation | Should -Match 'the default of hadoop.security.auth_to_local'
    }
    It 'is not judged by rules that are none' {
        { Test-KmsPrincipal alice@EXAMPLE.COM "$folder/broken" } | Should -Throw -ErrorId 'ConfigurationInvalid,KmsPS.Cmdlets.Commands.TestKmsPrincipalCommand' -ExpectedMessage '*NONSENSE*'
        { Test-KmsPrincipal alice@EXAMPLE.COM "$folder/none" } | Should -Throw -ErrorId 'RequestInvalid,*'
    }
}
