import { Ajv } from 'ajv';
import { RawListFile } from './src/profile/raw-file.ts';
import { partialSettingsSchema } from './src/config/definitions.ts';
const code=JSON.parse(process.argv[2]);
for (const [n,sc] of [['settings',partialSettingsSchema()],['list',RawListFile]] as const) for (const allErrors of [true]) {
 const c=process.cpuUsage();
 const a=new Ajv({allErrors,verbose:true,strict:true,allowUnionTypes:true,allowMatchingProperties:true,meta:false,validateSchema:false,code: code as any}); a.addVocabulary(['problem','missing','known','setting']);
 const v=a.compile(sc as any); v([{}]);
 const d=process.cpuUsage(c); console.log(n,JSON.stringify(code),(d.user+d.system)/1000);
}
