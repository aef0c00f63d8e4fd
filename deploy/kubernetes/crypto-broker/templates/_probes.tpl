{{/* Probes ask by command: the Broker answers on a Unix socket, and the kubelet's own gRPC probe knows TCP alone. Each
starts a Node process, hence the periods. Argument: scope, probes (values), live and ready (commands). */}}
{{- define "crypto-broker.probes" -}}
{{- $probes := .probes -}}
{{- $http := and $probes.http .scope.Values.telemetry.endpoint.enabled -}}
startupProbe:
  # Not whether it is ready: a Gateway that starts while its Core is away would be restarted for as long as that lasts.
  exec:
    command: {{ toJson .live }}
  periodSeconds: 2
  timeoutSeconds: {{ $probes.timeoutSeconds }}
  failureThreshold: {{ div (add $probes.startupSeconds 1) 2 }}
livenessProbe:
  {{- if $http }}
  httpGet:
    path: /livez
    port: telemetry
  {{- else }}
  exec:
    command: {{ toJson .live }}
  {{- end }}
  periodSeconds: {{ $probes.livenessPeriodSeconds }}
  timeoutSeconds: {{ $probes.timeoutSeconds }}
  failureThreshold: 3
readinessProbe:
  {{- if $http }}
  httpGet:
    path: /readyz
    port: telemetry
  {{- else }}
  exec:
    command: {{ toJson .ready }}
  {{- end }}
  periodSeconds: {{ $probes.readinessPeriodSeconds }}
  timeoutSeconds: {{ $probes.timeoutSeconds }}
  failureThreshold: 2
{{- end -}}
