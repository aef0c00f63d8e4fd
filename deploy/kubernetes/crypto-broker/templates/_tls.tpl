{{/* A volume with tls.crt, tls.key and ca.crt: of a Secret, or of a CSI driver that issues certificates. Argument: name and
source, of which source.secretName or source.csi is given. */}}
{{- define "crypto-broker.tlsVolume" -}}
- name: {{ .name }}
  {{- if .source.csi }}
  csi:
    driver: {{ .source.csi.driver | quote }}
    readOnly: true
    {{- with .source.csi.volumeAttributes }}
    volumeAttributes:
      {{- toYaml . | nindent 6 }}
    {{- end }}
  {{- else }}
  secret:
    secretName: {{ .source.secretName | quote }}
    # The group of the pod reads it; a key that others can read is refused by the program.
    defaultMode: 0440
  {{- end }}
{{- end -}}

{{/* The KMIP listener's certificates: those that were named, else the one that cert-manager makes. */}}
{{- define "crypto-broker.kmipCertificates" -}}
{{- $own := .Values.gateway.kmip.certificates -}}
{{- if $own -}}
{{- toJson $own -}}
{{- else -}}
{{- list (dict "secretName" (printf "%s-gateway-kmip" (include "crypto-broker.fullname" .))) | toJson -}}
{{- end -}}
{{- end -}}

{{/* Where the uplink's certificate comes from, and the Core's. */}}
{{- define "crypto-broker.uplinkSource" -}}
{{- $own := .Values.gateway.uplink -}}
{{- if or $own.secretName $own.csi -}}
{{- toJson $own -}}
{{- else -}}
{{- dict "secretName" (printf "%s-gateway-uplink" (include "crypto-broker.fullname" .)) | toJson -}}
{{- end -}}
{{- end -}}

{{- define "crypto-broker.coreSource" -}}
{{- $own := .Values.core -}}
{{- if or $own.secretName $own.csi -}}
{{- dict "secretName" $own.secretName "csi" $own.csi | toJson -}}
{{- else -}}
{{- dict "secretName" (printf "%s-core" (include "crypto-broker.fullname" .)) | toJson -}}
{{- end -}}
{{- end -}}

{{- define "crypto-broker.coreAddress" -}}
{{- if .Values.gateway.core.address -}}
{{- .Values.gateway.core.address -}}
{{- else -}}
{{- printf "%s-core.%s.svc:%d" (include "crypto-broker.fullname" .) .Release.Namespace (int .Values.core.port) -}}
{{- end -}}
{{- end -}}

{{/* The name that cert-manager puts into the certificate of the uplink. Other certificates bring their own. */}}
{{- define "crypto-broker.gatewayName" -}}
{{- default (printf "%s-gateway-0" (include "crypto-broker.fullname" .)) .Values.gateway.name -}}
{{- end -}}
