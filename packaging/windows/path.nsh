; Puts the folder with `baton.exe` on the person's search path, and takes it off again.
; PowerShell does the work: NSIS cuts texts off at 1,024 characters, and search paths can be longer.

!macro BATON_SEARCH_PATH ADDED
  System::Call 'kernel32::SetEnvironmentVariable(t "BATON_FOLDER", t "$INSTDIR")'
  ; Read and written as it stands: `%VARIABLES%` of the person's stay what they are. Setting a variable that isn't there
  ; tells running programs to look again.
  nsExec::Exec `powershell -NoProfile -NonInteractive -Command "\
    $$key = Get-Item 'HKCU:\Environment'; \
    $$old = [string]$$key.GetValue('Path', '', 'DoNotExpandEnvironmentNames'); \
    $$new = @($$old -split ';' | Where-Object { $$_ -and $$_ -ne $$env:BATON_FOLDER }) ${ADDED}; \
    Set-ItemProperty 'HKCU:\Environment' Path ($$new -join ';') -Type ExpandString; \
    [Environment]::SetEnvironmentVariable('BATON_NOTHING', $$null, 'User')"`
  Pop $0
!macroend

!macro NSIS_HOOK_POSTINSTALL
  !insertmacro BATON_SEARCH_PATH "+ $$env:BATON_FOLDER"
!macroend

!macro NSIS_HOOK_POSTUNINSTALL
  !insertmacro BATON_SEARCH_PATH ""
!macroend
