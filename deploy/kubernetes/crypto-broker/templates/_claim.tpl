{{/* An entry of volumeClaimTemplates. Argument: a list of the scope, the component, the name and the values. */}}
{{- define "crypto-broker.claim" -}}
{{- $scope := index . 0 -}}
{{- $values := index . 3 -}}
- apiVersion: v1
  kind: PersistentVolumeClaim
  metadata:
    name: {{ index . 2 }}
    labels:
      {{- include "crypto-broker.selectorLabels" (list $scope (index . 1)) | nindent 6 }}
    {{- with $values.annotations }}
    annotations:
      {{- toYaml . | nindent 6 }}
    {{- end }}
  spec:
    accessModes: [{{ $values.accessMode }}]
    volumeMode: Filesystem
    {{- with $values.storageClass }}
    storageClassName: {{ . | quote }}
    {{- end }}
    resources:
      requests:
        storage: {{ $values.size }}
{{- end -}}
