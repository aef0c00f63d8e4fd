{{/* The settings file of a program, as the operator gave it. Argument: a list of the scope and the component. */}}

{{- define "crypto-broker.settingsEnv" -}}
{{- $scope := index . 0 -}}
{{- if (index $scope.Values (index . 1)).settings }}
- name: CRYPTO_BROKER_CONFIG
  value: /etc/crypto-broker/settings/settings.yaml
{{- end }}
{{- end -}}

{{- define "crypto-broker.settingsMount" -}}
{{- $scope := index . 0 -}}
{{- if (index $scope.Values (index . 1)).settings }}
- name: crypto-broker-settings
  mountPath: /etc/crypto-broker/settings
  readOnly: true
{{- end }}
{{- end -}}

{{- define "crypto-broker.settingsVolume" -}}
{{- $scope := index . 0 -}}
{{- if (index $scope.Values (index . 1)).settings }}
- name: crypto-broker-settings
  configMap:
    name: {{ include "crypto-broker.fullname" $scope }}-{{ index . 1 }}-settings
    defaultMode: 0444
{{- end }}
{{- end -}}

{{/* Pods are replaced when what they read at their start has changed. */}}
{{- define "crypto-broker.settingsChecksum" -}}
{{- $scope := index . 0 -}}
{{- with (index $scope.Values (index . 1)).settings }}
checksum/settings: {{ toYaml . | sha256sum }}
{{- end }}
{{- end -}}

{{/* A ConfigMap with the settings. Argument: a list of the scope and the component. */}}
{{- define "crypto-broker.settingsConfigMap" -}}
{{- $scope := index . 0 -}}
{{- with (index $scope.Values (index . 1)).settings }}
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ include "crypto-broker.fullname" $scope }}-{{ index $ 1 }}-settings
  labels:
    {{- include "crypto-broker.labels" $ | nindent 4 }}
data:
  settings.yaml: |
    {{- toYaml . | nindent 4 }}
{{- end }}
{{- end -}}
