{{/* Environment of the telemetry, the same for every program. */}}
{{- define "crypto-broker.telemetryEnv" -}}
{{- $telemetry := .Values.telemetry -}}
{{- $otlp := $telemetry.otlp -}}
{{- if $telemetry.endpoint.enabled }}
- name: CRYPTO_BROKER_TELEMETRY_LISTEN
  value: {{ printf "%s:%d" $telemetry.endpoint.address (int $telemetry.endpoint.port) | quote }}
{{- end }}
{{- if or $otlp.traces $otlp.metrics $otlp.logs }}
- name: OTEL_EXPORTER_OTLP_ENDPOINT
  value: {{ $otlp.endpoint | quote }}
- name: OTEL_EXPORTER_OTLP_PROTOCOL
  value: {{ $otlp.protocol | quote }}
{{- if $otlp.traces }}
- name: OTEL_TRACES_EXPORTER
  value: otlp
- name: OTEL_TRACES_SAMPLER
  value: {{ $otlp.sampler | quote }}
{{- if contains "ratio" $otlp.sampler }}
- name: OTEL_TRACES_SAMPLER_ARG
  value: {{ $otlp.samplerArg | quote }}
{{- end }}
{{- end }}
{{- if $otlp.metrics }}
- name: OTEL_METRICS_EXPORTER
  value: otlp
{{- end }}
{{- if $otlp.logs }}
- name: OTEL_LOGS_EXPORTER
  value: otlp
{{- end }}
{{- with $otlp.authorization.secretName }}
- name: OTEL_EXPORTER_OTLP_HEADERS_AUTHORIZATION
  valueFrom:
    secretKeyRef:
      name: {{ . | quote }}
      key: {{ $otlp.authorization.key | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "crypto-broker.telemetryPort" -}}
{{- if .Values.telemetry.endpoint.enabled }}
- name: telemetry
  containerPort: {{ .Values.telemetry.endpoint.port }}
  protocol: TCP
{{- end }}
{{- end -}}
