@{
    RootModule           = 'bin/KmsPS.Cmdlets.dll'
    ModuleVersion        = '0.1.0'
    GUID                 = '3f0c9a4e-5b1d-4c57-9a86-2c7f6f0f4b1e'
    Author               = 'The KmsPS authors'
    CompanyName          = 'The KmsPS authors'
    Copyright            = 'Copyright (c) The KmsPS authors. Apache License 2.0.'
    Description          = 'A key management server that speaks the Hadoop KMS protocol, and cmdlets over it and over the embedded store: create, roll, encrypt and decrypt data keys, ask and explain access, run the HTTPS server.'
    PowerShellVersion    = '7.6'
    CompatiblePSEditions = @('Core')

    CmdletsToExport      = @(
        'Backup-KmsKeyStore'
        'Block-KmsAccess'
        'Clear-KmsKey'
        'Clear-KmsKeyVersion'
        'Compare-KmsAcl'
        'Connect-KmsProvider'
        'Copy-KmsKey'
        'Disconnect-KmsProvider'
        'Export-KmsAcl'
        'Export-KmsKeyStore'
        'Get-KmsAcl'
        'Get-KmsDelegationToken'
        'Get-KmsKey'
        'Get-KmsKeyVersion'
        'Get-KmsProvider'
        'Get-KmsRolloverPlan'
        'Get-KmsServer'
        'Grant-KmsAccess'
        'Import-KmsAcl'
        'Import-KmsKeyStore'
        'Invoke-KmsRollover'
        'New-KmsCertificate'
        'New-KmsDelegationToken'
        'New-KmsEncryptedKey'
        'New-KmsKey'
        'Remove-KmsDelegationToken'
        'Remove-KmsKey'
        'Repair-KmsKeyStore'
        'Restore-KmsKey'
        'Restore-KmsKeyStore'
        'Resume-KmsKey'
        'Revoke-KmsAccess'
        'Start-KmsServer'
        'Stop-KmsServer'
        'Suspend-KmsKey'
        'Test-KmsAccess'
        'Test-KmsAcl'
        'Test-KmsBackup'
        'Test-KmsKeyStore'
        'Test-KmsPrincipal'
        'Test-KmsTls'
        'Unblock-KmsAccess'
        'Unprotect-KmsEncryptedKey'
        'Update-KmsDelegationToken'
        'Update-KmsEncryptedKey'
        'Update-KmsStoreKey'
    )
    FunctionsToExport    = @()
    AliasesToExport      = @()
    VariablesToExport    = @()

    FormatsToProcess     = @('KmsPS.Format.ps1xml')
    TypesToProcess       = @('KmsPS.Types.ps1xml')

    PrivateData          = @{
        PSData = @{
            Tags         = @('KMS', 'Hadoop', 'HDFS', 'HSM', 'PKCS11', 'KeyManagement', 'Encryption', 'PSEdition_Core', 'Linux', 'Windows', 'MacOS')
            LicenseUri   = 'https://www.apache.org/licenses/LICENSE-2.0'
            ReleaseNotes = 'See CHANGELOG.md.'
        }
    }
}
