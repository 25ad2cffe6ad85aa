<#
.SYNOPSIS
Asks the Windows Update Agent what is installed, what is not, and what became of it, and writes that as JSON.

.DESCRIPTION
The file is what "patchstream scan --from" reads; its form is in docs/windows.md. Nothing is installed, hidden or changed.
It runs in Windows PowerShell 5.1 and in PowerShell 7, as SYSTEM or another administrator.

What the agent says is written as it is. A search that fails is written as one that failed, so that the host is not taken for
one without missing updates.

.PARAMETER Path
The file to write. It is replaced at one stroke, when all is known.

.PARAMETER Offline
Answer from the data of the last search, without network. By default the service is asked, as the host is set up for it.

.PARAMETER ScanFile
Microsoft's offline file wsusscn2.cab, in place of a service. It knows security updates, rollups and service packs only.

.PARAMETER HistoryDays
How many days of history to write.

.EXAMPLE
.\patchstream-wua.ps1 -Path C:\ProgramData\patchstream\wua.json
patchstream scan --from C:\ProgramData\patchstream\wua.json
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory = $true)]
    [string] $Path,

    [switch] $Offline,

    [string] $ScanFile,

    [ValidateRange(1, 3650)]
    [int] $HistoryDays = 180
)

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

# The agent's dates are UTC and do not say so: PowerShell would take them for local time.
function ConvertTo-Utc($Date) {
    if ($null -eq $Date) { return $null }
    return [DateTime]::SpecifyKind([DateTime] $Date, [DateTimeKind]::Utc).ToString('o')
}

# A property that an older agent, or this kind of update, does not have is not known.
function Get-Known($Object, [string] $Name) {
    try { return $Object.$Name } catch { return $null }
}

# A collection of texts, as a list also where it has one element or none.
function Get-Texts($Object, [string] $Name) {
    $texts = @()
    $collection = Get-Known $Object $Name
    if ($null -ne $collection) {
        foreach ($text in $collection) { $texts += [string] $text }
    }
    return , $texts
}

function ConvertTo-Category($Category) {
    $parent = Get-Known $Category 'Parent'
    if ($null -ne $parent) {
        $parent = [ordered] @{ Name = $parent.Name; Type = $parent.Type; CategoryID = $parent.CategoryID }
    }
    return [ordered] @{
        Name       = $Category.Name
        Type       = $Category.Type
        CategoryID = $Category.CategoryID
        Parent     = $parent
    }
}

function ConvertTo-Identity($Identity) {
    if ($null -eq $Identity) { return $null }
    return [ordered] @{ UpdateID = $Identity.UpdateID; RevisionNumber = $Identity.RevisionNumber }
}

function ConvertTo-Update($Update) {
    $categories = @()
    foreach ($category in $Update.Categories) { $categories += ConvertTo-Category $category }
    $bundled = @()
    foreach ($child in $Update.BundledUpdates) {
        $bundled += [ordered] @{
            Identity     = ConvertTo-Identity $child.Identity
            Title        = $child.Title
            KBArticleIDs = Get-Texts $child 'KBArticleIDs'
        }
    }
    $behavior = Get-Known $Update 'InstallationBehavior'
    $rebootBehavior = $null
    if ($null -ne $behavior) { $rebootBehavior = [int] $behavior.RebootBehavior }
    return [ordered] @{
        Identity                 = ConvertTo-Identity $Update.Identity
        Title                    = $Update.Title
        KBArticleIDs             = Get-Texts $Update 'KBArticleIDs'
        IsInstalled              = [bool] $Update.IsInstalled
        IsHidden                 = [bool] $Update.IsHidden
        RebootRequired           = [bool] (Get-Known $Update 'RebootRequired')
        MsrcSeverity             = $Update.MsrcSeverity
        LastDeploymentChangeTime = ConvertTo-Utc $Update.LastDeploymentChangeTime
        CveIDs                   = Get-Texts $Update 'CveIDs'
        SecurityBulletinIDs      = Get-Texts $Update 'SecurityBulletinIDs'
        SupersededUpdateIDs      = Get-Texts $Update 'SupersededUpdateIDs'
        InstallationBehavior     = [ordered] @{ RebootBehavior = $rebootBehavior }
        Categories               = $categories
        BundledUpdates           = $bundled
    }
}

# The code of an exception, as the agent gives it.
function Get-HResult($Record) {
    $exception = $Record.Exception
    while ($null -ne $exception.InnerException) { $exception = $exception.InnerException }
    return [int] $exception.HResult
}

# One search, and what it was asked of. Where it throws, it is a search that failed.
function Invoke-Search($Searcher, $Service, [string] $Criteria) {
    $said = [ordered] @{
        Criteria        = $Criteria
        Online          = [bool] $Searcher.Online
        ServerSelection = [int] $Searcher.ServerSelection
        ServiceID       = $Service.ID
        ServiceName     = $Service.Name
        Server          = $Service.Server
        ScanFileDate    = $Service.FileDate
        ResultCode      = 4
        HResult         = 0
        Error           = $null
        Updates         = @()
    }
    try {
        $result = $Searcher.Search($Criteria)
        $updates = @()
        foreach ($update in $result.Updates) { $updates += ConvertTo-Update $update }
        $said.Updates = $updates
        $said.ResultCode = [int] $result.ResultCode
        foreach ($warning in $result.Warnings) {
            $said.HResult = [int] $warning.HResult
            $said.Error = [string] $warning.Message
        }
    }
    catch {
        $said.HResult = Get-HResult $_
        $said.Error = $_.Exception.Message
    }
    return $said
}

# Who answers: the offline file, else the server that policy names, else whoever the agent asks by default.
function Resolve-Service($Searcher, [string] $ScanFile) {
    $service = @{ ID = Get-Known $Searcher 'ServiceID'; Name = $null; Server = $null; FileDate = $null }
    if ($ScanFile) {
        $file = Get-Item -LiteralPath $ScanFile
        $manager = New-Object -ComObject Microsoft.Update.ServiceManager
        $added = $manager.AddScanPackageService('patchstream offline scan', $file.FullName)
        $Searcher.ServerSelection = 3
        $Searcher.ServiceID = $added.ServiceID
        $service.ID = $added.ServiceID
        $service.Name = $added.Name
        $service.FileDate = $file.LastWriteTimeUtc.ToString('o')
        return $service
    }
    $policy = 'HKLM:\SOFTWARE\Policies\Microsoft\Windows\WindowsUpdate'
    $use = Get-ItemProperty -Path "$policy\AU" -Name UseWUServer -ErrorAction SilentlyContinue
    if ($null -ne $use -and $use.UseWUServer -eq 1) {
        $server = Get-ItemProperty -Path $policy -Name WUServer -ErrorAction SilentlyContinue
        if ($null -ne $server) { $service.Server = $server.WUServer }
    }
    return $service
}

function Get-History($Searcher, [int] $Days) {
    $entries = @()
    $since = [DateTime]::UtcNow.AddDays(-$Days)
    $total = $Searcher.GetTotalHistoryCount()
    if ($total -lt 1) { return , $entries }
    foreach ($entry in $Searcher.QueryHistory(0, $total)) {
        if ($null -eq $entry -or [int] $entry.Operation -lt 1) { continue }
        if ([DateTime]::SpecifyKind([DateTime] $entry.Date, [DateTimeKind]::Utc) -lt $since) { continue }
        $entries += [ordered] @{
            Date                = ConvertTo-Utc $entry.Date
            Operation           = [int] $entry.Operation
            ResultCode          = [int] $entry.ResultCode
            HResult             = [int] $entry.HResult
            UpdateIdentity      = ConvertTo-Identity (Get-Known $entry 'UpdateIdentity')
            Title               = $entry.Title
            ClientApplicationID = $entry.ClientApplicationID
        }
    }
    return , $entries
}

# Each fact by itself: that one cannot be had is no reason to be silent about the others.
function Get-Fact([scriptblock] $Ask) {
    try { return & $Ask } catch { return $null }
}

$system = Get-CimInstance -ClassName Win32_OperatingSystem
$current = Get-ItemProperty -Path 'HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion'
$dump = [ordered] @{
    Format                = 'patchstream-wua'
    Version               = 1
    TakenAt               = [DateTime]::UtcNow.ToString('o')
    Host                  = Get-Fact { [System.Net.Dns]::GetHostEntry('').HostName.ToLowerInvariant() }
    MachineGuid           = Get-Fact { (Get-ItemProperty -Path 'HKLM:\SOFTWARE\Microsoft\Cryptography' -Name MachineGuid).MachineGuid }
    OS                    = [ordered] @{
        Caption      = $system.Caption
        Version      = $system.Version
        UBR          = Get-Known $current 'UBR'
        Architecture = [Environment]::GetEnvironmentVariable('PROCESSOR_ARCHITECTURE', 'Machine')
    }
    LastBootUpTime        = $system.LastBootUpTime.ToUniversalTime().ToString('o')
    RebootRequired        = Get-Fact { [bool] (New-Object -ComObject Microsoft.Update.SystemInfo).RebootRequired }
    LastSearchSuccessDate = Get-Fact { ConvertTo-Utc (New-Object -ComObject Microsoft.Update.AutoUpdate).Results.LastSearchSuccessDate }
    Searches              = @()
    History               = @()
    Error                 = $null
}

try {
    $session = New-Object -ComObject Microsoft.Update.Session
    $session.ClientApplicationID = 'patchstream'
    $searcher = $session.CreateUpdateSearcher()
    $searcher.Online = -not $Offline
    $service = Resolve-Service $searcher $ScanFile
    $searches = @()
    foreach ($criteria in 'IsInstalled=1', 'IsInstalled=0 and IsHidden=0', 'IsInstalled=0 and IsHidden=1') {
        $searches += Invoke-Search $searcher $service $criteria
    }
    $dump.Searches = $searches
    $dump.History = Get-History $searcher $HistoryDays
}
catch {
    $dump.Error = $_.Exception.Message
}

$json = ConvertTo-Json -InputObject $dump -Depth 10
$file = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Path)
$new = "$file.new"
[System.IO.File]::WriteAllText($new, $json, (New-Object System.Text.UTF8Encoding $false))
if ([System.IO.File]::Exists($file)) {
    [System.IO.File]::Replace($new, $file, [NullString]::Value)
}
else {
    [System.IO.File]::Move($new, $file)
}
