; The Windows installer: for one user, without an administrator, in English and
; Chinese. dev package gives VERSION, PROGRAMS, TEXTS, ICON and OUT.
Unicode true
SetCompressor /SOLID lzma
RequestExecutionLevel user
ManifestDPIAware true

!include "MUI2.nsh"

!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\Plumbline"

Name "$(ProductName) ${VERSION}"
OutFile "${OUT}"
InstallDir "$LOCALAPPDATA\Programs\Plumbline"
InstallDirRegKey HKCU "${UNINSTALL}" "InstallLocation"
BrandingText " "
VIProductVersion "${VERSION}.0"
VIAddVersionKey "ProductName" "Plumbline"
VIAddVersionKey "FileDescription" "Plumbline installer"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "LegalCopyright" "Apache License 2.0"

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_FINISHPAGE_RUN "$INSTDIR\plumbline.exe"
!insertmacro MUI_PAGE_LICENSE "${TEXTS}\LICENSE"
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"
!insertmacro MUI_LANGUAGE "SimpChinese"
LangString ProductName ${LANG_ENGLISH} "Plumbline"
LangString ProductName ${LANG_SIMPCHINESE} "准绳"
LangString RecordsStay ${LANG_ENGLISH} "The programs are removed. Your inspections stay in their folder; nothing recorded is deleted."
LangString RecordsStay ${LANG_SIMPCHINESE} "程序已卸载。检查记录仍保留在原数据文件夹中，任何记录都不会被删除。"

Section
	SetOutPath "$INSTDIR"
	File "${PROGRAMS}\plumbline.exe"
	File "${PROGRAMS}\plumblinectl.exe"
	File "${PROGRAMS}\plumblined.exe"
	File "${TEXTS}\*"
	CreateShortcut "$SMPROGRAMS\$(ProductName).lnk" "$INSTDIR\plumbline.exe"
	WriteUninstaller "$INSTDIR\uninstall.exe"
	WriteRegStr HKCU "${UNINSTALL}" "DisplayName" "$(ProductName)"
	WriteRegStr HKCU "${UNINSTALL}" "DisplayVersion" "${VERSION}"
	WriteRegStr HKCU "${UNINSTALL}" "DisplayIcon" "$INSTDIR\plumbline.exe"
	WriteRegStr HKCU "${UNINSTALL}" "InstallLocation" "$INSTDIR"
	WriteRegStr HKCU "${UNINSTALL}" "UninstallString" '"$INSTDIR\uninstall.exe"'
	WriteRegStr HKCU "${UNINSTALL}" "Shortcut" "$SMPROGRAMS\$(ProductName).lnk"
	WriteRegDWORD HKCU "${UNINSTALL}" "NoModify" 1
	WriteRegDWORD HKCU "${UNINSTALL}" "NoRepair" 1
SectionEnd

Section "Uninstall"
	; File by file, never the folder whole: somebody may keep a file of theirs there.
	Delete "$INSTDIR\plumbline.exe"
	Delete "$INSTDIR\plumblinectl.exe"
	Delete "$INSTDIR\plumblined.exe"
	Delete "$INSTDIR\README.md"
	Delete "$INSTDIR\LICENSE"
	Delete "$INSTDIR\THIRD-PARTY-LICENSES.txt"
	Delete "$INSTDIR\OFL-*.txt"
	Delete "$INSTDIR\uninstall.exe"
	RMDir "$INSTDIR"
	ReadRegStr $0 HKCU "${UNINSTALL}" "Shortcut"
	Delete "$0"
	DeleteRegKey HKCU "${UNINSTALL}"
	DetailPrint "$(RecordsStay)"
	IfSilent +2
	MessageBox MB_OK "$(RecordsStay)"
SectionEnd

Function .onInit
	!insertmacro MUI_LANGDLL_DISPLAY
FunctionEnd

Function un.onInit
	!insertmacro MUI_UNGETLANGUAGE
FunctionEnd
