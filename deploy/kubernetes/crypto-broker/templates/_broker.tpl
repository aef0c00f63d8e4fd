{{/*
The Broker for pods of your own. In a chart that has this one as a dependency, with
`{{- $broker := index .Subcharts "crypto-broker" }}`:

  crypto-broker.sidecar             the container: an entry of initContainers (native) or of containers (broker.native=false)
  crypto-broker.sidecarVolumes      entries of volumes
  crypto-broker.sidecarMount        entry of volumeMounts of each container that calls the Broker
  crypto-broker.sidecarEnv          entry of its env: where the socket is, whatever its image says
  crypto-broker.sidecarAnnotations  annotations of the pod: a changed profile replaces it
  crypto-broker.sidecarSecurity     securityContext of the pod: one user for all, since the socket has mode 0600

Each takes the scope: `{{ include "crypto-broker.sidecar" $broker | nindent 8 }}`.
*/}}

{{- define "crypto-broker.socketPath" -}}
{{ .Values.broker.socketDirectory }}/crypto-broker-server.sock
{{- end -}}

{{- define "crypto-broker.brokerProbe" -}}
{{- list "cryptobroker" "health" "--deadline-ms" "1500" | toJson -}}
{{- end -}}

{{- define "crypto-broker.profilesConfigMap" -}}
{{- if .Values.profiles.existingConfigMap -}}
{{- .Values.profiles.existingConfigMap -}}
{{- else if .Values.profiles.content -}}
{{- include "crypto-broker.fullname" . }}-profiles
{{- end -}}
{{- end -}}

{{- define "crypto-broker.sidecar" -}}
{{- include "crypto-broker.checks" . }}
{{- include "crypto-broker.brokerContainer" (dict "scope" . "sidecar" .Values.broker.native) }}
{{- end -}}

{{/* Arguments: scope; sidecar: whether it is an init container that goes on running; sharedDirectory: false when nobody
else can write the directory of the socket. */}}
{{- define "crypto-broker.brokerContainer" -}}
{{- $scope := .scope -}}
{{- $broker := $scope.Values.broker -}}
{{- $probe := include "crypto-broker.brokerProbe" $scope | fromJsonArray -}}
- name: crypto-broker
  image: {{ include "crypto-broker.image" (list $scope "broker") | quote }}
  imagePullPolicy: {{ $scope.Values.image.pullPolicy }}
  {{- if .sidecar }}
  # A native sidecar: starts before the pod's other containers, which wait for its startup probe, and ends after them.
  restartPolicy: Always
  {{- end }}
  command: [cryptobroker]
  args: [server]
  env:
    - name: CRYPTO_BROKER_SOCKETS
      value: {{ include "crypto-broker.socketPath" $scope | quote }}
    # For the probes, which run in the same container.
    {{- include "crypto-broker.sidecarEnv" $scope | nindent 4 }}
    # Node's own OpenSSL, which an https collector and `cryptobroker fips` need, wants a second copy of fips.so. The image has one,
    # for its own user alone.
    - name: TMPDIR
      value: /var/tmp/crypto-broker
    {{- if ne (toString .sharedDirectory) "false" }}
    # An emptyDir has mode 0777. Only containers that mount it can reach it, and those are of this pod.
    - name: CRYPTO_BROKER_ALLOW_SHARED_SOCKET_DIR
      value: 'true'
    {{- end }}
    {{- if include "crypto-broker.profilesConfigMap" $scope }}
    - name: CRYPTO_BROKER_PROFILES_DIR
      value: /etc/crypto-broker/profiles
    {{- end }}
    {{- with include "crypto-broker.settingsEnv" (list $scope "broker") | trim }}
    {{- . | nindent 4 }}
    {{- end }}
    {{- with include "crypto-broker.telemetryEnv" $scope | trim }}
    {{- . | nindent 4 }}
    {{- end }}
    {{- with $broker.env }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with include "crypto-broker.telemetryPort" $scope | trim }}
  ports:
    {{- . | nindent 4 }}
  {{- end }}
  {{- include "crypto-broker.probes" (dict "scope" $scope "probes" $broker.probes "live" $probe "ready" $probe) | nindent 2 }}
  resources:
    {{- toYaml $broker.resources | nindent 4 }}
  securityContext:
    {{- include "crypto-broker.containerSecurity" $scope | nindent 4 }}
  volumeMounts:
    {{- include "crypto-broker.sidecarMount" $scope | nindent 4 }}
    - name: crypto-broker-tmp
      mountPath: /var/tmp/crypto-broker
    {{- if include "crypto-broker.profilesConfigMap" $scope }}
    - name: crypto-broker-profiles
      mountPath: /etc/crypto-broker/profiles
      readOnly: true
    {{- end }}
    {{- with include "crypto-broker.settingsMount" (list $scope "broker") | trim }}
    {{- . | nindent 4 }}
    {{- end }}
{{- end -}}

{{- define "crypto-broker.sidecarMount" -}}
- name: crypto-broker-socket
  mountPath: {{ .Values.broker.socketDirectory }}
{{- end -}}

{{- define "crypto-broker.sidecarEnv" -}}
- name: CRYPTO_BROKER_SOCKET
  value: {{ include "crypto-broker.socketPath" . | quote }}
{{- end -}}

{{- define "crypto-broker.sidecarVolumes" -}}
- name: crypto-broker-socket
  emptyDir:
    medium: Memory
    sizeLimit: 1Mi
{{ include "crypto-broker.brokerVolumes" . }}
{{- end -}}

{{/* What the Broker has, wherever its socket is. */}}
{{- define "crypto-broker.brokerVolumes" -}}
- name: crypto-broker-tmp
  emptyDir:
    sizeLimit: 16Mi
{{- with include "crypto-broker.profilesConfigMap" . }}
- name: crypto-broker-profiles
  configMap:
    name: {{ . | quote }}
    defaultMode: 0444
{{- end }}
{{- with include "crypto-broker.settingsVolume" (list . "broker") | trim }}
{{ . }}
{{- end }}
{{- end -}}

{{- define "crypto-broker.sidecarAnnotations" -}}
{{- with .Values.profiles.content -}}
checksum/profiles: {{ sha256sum . }}
{{- end }}
{{- with include "crypto-broker.settingsChecksum" (list . "broker") | trim }}
{{ . }}
{{- end }}
{{- end -}}

{{- define "crypto-broker.sidecarSecurity" -}}
{{- include "crypto-broker.podSecurity" (dict "runAsUser" .Values.broker.runAsUser "runAsGroup" .Values.broker.runAsGroup) }}
{{- end -}}
